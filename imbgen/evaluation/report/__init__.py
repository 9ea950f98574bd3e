"""Reports: a comparison, or one generator, as a page; and the pictures in it."""

from imbgen.evaluation.report.drawing import KINDS, draw
from imbgen.evaluation.report.generator import generator_page
from imbgen.evaluation.report.page import comparison_page

__all__ = ["KINDS", "comparison_page", "draw", "generator_page"]
