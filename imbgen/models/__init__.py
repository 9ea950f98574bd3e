"""Lightning modules, their data and their callbacks. Tensors begin here."""

from imbgen.models.flow import TabularFlow
from imbgen.models.gan import TabularGAN
from imbgen.models.rows import RowsDataModule
from imbgen.models.vae import TabularVAE

__all__ = ["RowsDataModule", "TabularFlow", "TabularGAN", "TabularVAE"]
