"""Training on a GPU, which Lightning takes where there is one: the same results, and nothing left there."""

import subprocess
import sys

import lightning
import numpy as np
import pandas as pd
import pytest
import torch

from imbgen import FlowGenerator, GANGenerator, GMMGenerator, HybridGenerator, VAEGenerator, load_generator

pytestmark = pytest.mark.gpu

CHEAP = {"n_updates": 40, "check_every": 20, "n_folds": 2, "batch_size": 32, "random_state": 0}
NETWORKS = {
    "GAN": lambda **options: GANGenerator(**options),
    "WGAN-GP": lambda **options: GANGenerator(loss="wgan-gp", **options),
    "VAE": lambda **options: VAEGenerator(**options),
    "flow": lambda **options: FlowGenerator(**options),
    "hybrid": lambda **options: HybridGenerator(**options),
    "hybrid of a mixture": lambda **options: HybridGenerator(presampler=GMMGenerator(), **options),
}
every_network = pytest.mark.parametrize("make", NETWORKS.values(), ids=NETWORKS)

# In a process that sees no GPU.
LOAD = """
import sys
import torch
from imbgen import load_generator
assert not torch.cuda.is_available()
load_generator(sys.argv[1]).sample(50, random_state=1).to_parquet(sys.argv[2])
"""


def _rows(n=120):
    rng = np.random.default_rng(0)
    x = rng.normal(size=n)
    spent = np.where(rng.random(n) < 0.3, 0.0, np.exp(x))
    frame = pd.DataFrame({"x": x, "spent": spent, "level": np.where(x > 0, "high", "low")})
    return frame.assign(gap=np.where(frame["level"] == "low", np.nan, rng.normal(size=n)))


class _Devices(lightning.Callback):
    """The kinds of device that updates were made on."""

    def __init__(self):
        self.seen = set()

    def on_train_batch_end(self, trainer, module, *_):
        self.seen |= {parameter.device.type for parameter in module.parameters()}


@every_network
@pytest.mark.parametrize(("options", "kind"), [({}, "cuda"), ({"accelerator": "cpu"}, "cpu")])
def test_the_device_is_a_gpu_unless_another_is_named(make, options, kind):
    devices = _Devices()
    generator = make(**CHEAP, trainer={"callbacks": [devices], **options}).fit(_rows())
    assert devices.seen == {kind}
    assert {weight.device.type for weight in generator._network.state_dict().values()} == {"cpu"}


@every_network
def test_the_global_state_of_the_gpu_is_left_alone(make):
    torch.cuda.init()
    before = torch.cuda.get_rng_state(), torch.get_rng_state(), torch.backends.cuda.matmul.allow_tf32
    make(**CHEAP).fit(_rows()).sample(5)
    after = torch.cuda.get_rng_state(), torch.get_rng_state(), torch.backends.cuda.matmul.allow_tf32
    assert all(torch.equal(old, new) for old, new in zip(before[:2], after[:2], strict=True))
    assert before[2] == after[2]


@every_network
def test_what_a_gpu_has_trained_is_sampled_where_there_is_none(make, tmp_path):
    rows = _rows()
    generator = make(**CHEAP).fit(rows)
    sample = generator.sample(50, random_state=1)
    pd.testing.assert_series_equal(sample.dtypes, rows.dtypes)
    generator.save(tmp_path / "model")
    pd.testing.assert_frame_equal(load_generator(tmp_path / "model").sample(50, random_state=1), sample)
    command = [sys.executable, "-c", LOAD, str(tmp_path / "model"), str(tmp_path / "rows.parquet")]
    done = subprocess.run(command, env={"CUDA_VISIBLE_DEVICES": ""}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "rows.parquet"), sample)


@every_network
def test_a_gpu_learns_what_a_cpu_learns(make):
    options = {**CHEAP, "n_updates": 400, "check_every": 50}
    on_gpu, on_cpu = (
        make(**options, trainer={"accelerator": kind}).fit(_rows()).skill_ for kind in ("gpu", "cpu")
    )
    noise = np.hypot(on_gpu.standard_error, on_cpu.standard_error)
    assert abs(on_gpu.value - on_cpu.value) < max(0.3, 2 * noise)


@every_network
@pytest.mark.parametrize("precision", ["bf16-mixed", "16-mixed", "64-true"])
def test_the_precision_on_a_gpu(make, precision):
    generator = make(**CHEAP, trainer={"precision": precision}).fit(_rows())
    assert generator.fallback_ is None
    assert np.isfinite(generator.history_.select_dtypes("number")).all(axis=None)
    assert generator.sample(3).shape == (3, 4)


@every_network
def test_training_is_logged_and_kept(make, tmp_path):
    generator = make(**CHEAP, log_dir=tmp_path / "run").fit(_rows())
    assert list(generator.log_dir_.rglob("events.out.tfevents.*"))
    (checkpoint,) = generator.log_dir_.glob("checkpoints/*.ckpt")
    kept = torch.load(checkpoint, map_location="cpu", weights_only=False)
    assert kept["imbgen"]["n_done"] == CHEAP["n_updates"]
