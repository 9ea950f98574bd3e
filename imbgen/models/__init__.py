"""Lightning modules, their data and their callbacks. Tensors begin here."""

from imbgen.models.flow import TabularFlow
from imbgen.models.gan import TabularGAN
from imbgen.models.refiner import TabularRefiner
from imbgen.models.rows import PresampledRows, RowsDataModule
from imbgen.models.vae import TabularVAE

__all__ = ["PresampledRows", "RowsDataModule", "TabularFlow", "TabularGAN", "TabularRefiner", "TabularVAE"]
