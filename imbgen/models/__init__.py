"""Lightning modules, their data and their callbacks. Tensors begin here."""

from imbgen.models.gan import TabularGAN
from imbgen.models.rows import RowsDataModule

__all__ = ["RowsDataModule", "TabularGAN"]
