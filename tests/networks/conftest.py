"""Random numbers with a seed, and networks whose every parameter has a value."""

import pytest
import torch


@pytest.fixture
def seeded():
    return lambda seed=0: torch.Generator().manual_seed(seed)


@pytest.fixture
def noise(seeded):
    return lambda *shape, seed=1: torch.randn(shape, generator=seeded(seed))


@pytest.fixture
def spread(seeded):
    """Give every parameter a value, also those that start at zero."""

    def spread_parameters(module, seed=2):
        generator = seeded(seed)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
        return module

    return spread_parameters
