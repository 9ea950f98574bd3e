"""Reports: a comparison as a page, and the pictures in it."""

from imbgen.evaluation.report.drawing import KINDS, draw
from imbgen.evaluation.report.page import comparison_page

__all__ = ["KINDS", "comparison_page", "draw"]
