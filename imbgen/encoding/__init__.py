"""From a table to a float32 array in rank space and back."""

from imbgen.encoding.calibration import MarginalCalibration
from imbgen.encoding.layout import Block, Layout
from imbgen.encoding.ranks import RankTransform, find_step, round_to_step
from imbgen.encoding.table import TableEncoder
from imbgen.encoding.values import ValueEncoder

__all__ = [
    "Block",
    "Layout",
    "MarginalCalibration",
    "RankTransform",
    "TableEncoder",
    "ValueEncoder",
    "find_step",
    "round_to_step",
]
