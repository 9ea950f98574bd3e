"""Networks with a member axis: parameters are ``[members, in, out]``, activations ``[members, batch, d]``.

Folds, seeds and ensemble members of one architecture are members of one network, trained in one pass by
batched matrix products. No member sees another's values.
"""

from imbgen.networks.critic import MLPCritic
from imbgen.networks.flow import RowFlow
from imbgen.networks.layers import MemberLinear, ResidualMLP
from imbgen.networks.levels import mark_levels, sample_levels, to_gumbel
from imbgen.networks.refiner import RowRefiner
from imbgen.networks.rows import RowDecoder, RowGenerator, RowSampler

__all__ = [
    "MLPCritic",
    "MemberLinear",
    "ResidualMLP",
    "RowDecoder",
    "RowFlow",
    "RowGenerator",
    "RowRefiner",
    "RowSampler",
    "mark_levels",
    "sample_levels",
    "to_gumbel",
]
