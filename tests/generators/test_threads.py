"""Networks are trained on one thread, also when torch is loaded only by the fit itself."""

import subprocess
import sys

import pytest

CODE = """
import sys
import numpy as np
from imbgen import GANGenerator
from imbgen.generators.deep import DeepGenerator

assert "torch" not in sys.modules
threads = []
train = DeepGenerator._train

def spy(self, *arguments):
    import torch
    threads.append(torch.get_num_threads())
    return train(self, *arguments)

DeepGenerator._train = spy
GANGenerator(n_updates=1, n_folds=2, d_hidden=4).fit(np.random.default_rng(0).normal(size=(30, 2)))
print(threads)
"""


@pytest.mark.slow
def test_the_first_fit_of_a_process_uses_one_thread():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[1]"
