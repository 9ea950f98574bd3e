"""What the network generators share: the mixture of members, honest skill, the way back to kernels."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from lightning.pytorch.plugins import MixedPrecision

from imbgen import FlowGenerator, GANGenerator, HybridGenerator, KernelGenerator, VAEGenerator, load_generator
from imbgen.encoding import TableEncoder
from imbgen.errors import DataError, FallbackWarning, ParameterError, TrainingError
from imbgen.models.callbacks import SkillMonitor
from imbgen.models.module import TabularModule
from imbgen.models.selection import CrossFitSelection
from imbgen.networks import MemberLinear

CHEAP = {
    "n_updates": 20,
    "check_every": 10,
    "n_folds": 2,
    "d_hidden": 6,
    "batch_size": 8,
    "random_state": 0,
}


def _rows(n=40):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=n), "c": rng.choice(["a", "b"], n)})


@pytest.fixture
def monitors(monkeypatch):
    """All monitors made during the test, so that their scores can be looked at."""
    made = []
    original = SkillMonitor.__init__

    def remember(self, *arguments, **options):
        made.append(self)
        original(self, *arguments, **options)

    monkeypatch.setattr(SkillMonitor, "__init__", remember)
    return made


def test_the_skill_is_out_of_fold(monitors):
    rows = _rows(41)
    generator = GANGenerator(**{**CHEAP, "n_updates": 60, "n_folds": 3}).fit(rows)
    (monitor,) = monitors
    checks, folds = np.stack(monitor.selection.checks), monitor.selection.folds
    assert checks.shape == (6, 41)
    honest = np.empty(41)
    kept = []
    for k in range(3):
        kept.append(checks[:, folds != k].mean(axis=1).argmax())
        honest[folds == k] = checks[kept[k], folds == k]
    gain = honest - monitor._baseline
    assert generator.skill_.value == pytest.approx(gain.mean())
    assert generator.skill_.standard_error == pytest.approx(gain.std(ddof=1) / np.sqrt(41))
    assert generator.skill_.n_rows == 41
    np.testing.assert_array_equal(generator.n_updates_, 10 * (np.array(kept) + 1))
    for name, value in generator._network.state_dict().items():
        for k in range(3):
            assert torch.equal(value[k], monitor._kept[kept[k]][name][k])


def test_every_member_gives_its_share_of_rows(monkeypatch):
    generator = GANGenerator(**CHEAP).fit(_rows())
    monkeypatch.setattr(
        generator._calibrations[1].__class__,
        "apply",
        lambda self, output, encoder: np.full_like(
            output, 4.0 if self is generator._calibrations[1] else -4.0
        ),
    )
    rows = generator.sample(2000, random_state=0)
    assert (rows["x"] > 0).mean() == pytest.approx(0.5, abs=0.04)


def test_the_history_is_that_of_the_checks():
    history = GANGenerator(**{**CHEAP, "n_updates": 40}).fit(_rows()).history_
    assert history["n_updates"].tolist() == [10, 20, 30, 40]
    assert {"skill", "skill_se", "loss/critic", "loss/generator"} <= set(history.columns)
    assert np.isfinite(history.to_numpy()).all()


@pytest.mark.parametrize(("check_every", "checks"), [(5, [5, 10, 15, 20]), (8, [8, 16, 20])])
def test_checks_are_as_far_apart_as_asked(check_every, checks):
    history = GANGenerator(**{**CHEAP, "check_every": check_every}).fit(_rows()).history_
    assert history["n_updates"].tolist() == checks


@pytest.mark.parametrize("network", [GANGenerator, VAEGenerator, FlowGenerator])
@pytest.mark.parametrize("n_rows", [2, 29])
def test_a_small_class_gets_kernels(network, n_rows):
    with pytest.warns(FallbackWarning, match=f"at least 30 rows .* however: n_rows={n_rows}") as caught:
        generator = network(**CHEAP).fit(_rows(n_rows))
    assert caught[0].filename == __file__
    assert isinstance(generator.fallback_, KernelGenerator)
    assert generator.skill_ is None
    assert f"n_rows={n_rows}" in generator.stop_reason_
    assert generator.sample(3).shape == (3, 2)


def test_thirty_rows_get_a_network():
    with warnings.catch_warnings():
        warnings.simplefilter("error", FallbackWarning)
        generator = GANGenerator(**CHEAP).fit(_rows(30))
    assert generator.fallback_ is None
    assert generator.skill_.n_rows == 30


def test_nothing_that_varies_gets_kernels():
    with pytest.warns(FallbackWarning, match="no column varies"):
        generator = GANGenerator(**CHEAP).fit(pd.DataFrame({"one": [1] * 40, "x": ["x"] * 40}))
    assert generator.sample(2).to_dict("list") == {"one": [1, 1], "x": ["x", "x"]}


@pytest.mark.parametrize(("n_rows", "n_updates", "n_members"), [(300, 2000, 5), (301, 5000, 3)])
@pytest.mark.parametrize("generator", [GANGenerator, VAEGenerator, FlowGenerator, HybridGenerator])
def test_large_classes_get_fewer_networks_and_more_updates(
    monkeypatch, generator, n_rows, n_updates, n_members
):
    trained = []

    def stop(self, module, *_):
        trained.append(module.hparams)
        raise TrainingError("stopped here")

    monkeypatch.setattr(generator, "_train", stop)
    with pytest.warns(FallbackWarning):
        generator(random_state=0).fit(_rows(n_rows))
    if generator is GANGenerator and n_rows == 300:
        n_members = 10
    assert (trained[0]["n_updates"], trained[0]["n_members"]) == (n_updates, n_members)


@pytest.mark.parametrize("generator", [GANGenerator, VAEGenerator, FlowGenerator])
def test_a_large_class_is_learned_by_three_networks_and_judged_by_all_rows(generator, monitors, tmp_path):
    options = {name: value for name, value in CHEAP.items() if name != "n_folds"}
    fitted = generator(**options).fit(_rows(301))
    (monitor,) = monitors
    assert monitor.selection.tolerance == 2.0
    np.testing.assert_array_equal(np.bincount(monitor.selection.folds), [101, 100, 100])
    assert len(fitted.n_updates_) == 3
    assert fitted.skill_.n_rows == 301
    fitted.save(tmp_path / "model")
    loaded = load_generator(tmp_path / "model")
    pd.testing.assert_frame_equal(loaded.sample(20, random_state=1), fitted.sample(20, random_state=1))


def test_the_marginals_are_those_of_all_rows():
    rows = pd.DataFrame({"x": np.arange(40) / 7, "c": ["a"] * 30 + ["b"] * 10})
    new = GANGenerator(**CHEAP).fit(rows).sample(4000, random_state=0)
    assert (new["c"] == "b").mean() == pytest.approx(0.25, abs=0.03)
    np.testing.assert_allclose(
        new["x"].quantile([0.1, 0.5, 0.9]), rows["x"].quantile([0.1, 0.5, 0.9]), atol=0.3
    )


def test_members_have_encoders_of_their_own(monkeypatch):
    """The rows that a member trains on were encoded without its held-out fold."""
    fitted = []
    original = TableEncoder.fit

    def remember(self, frame):
        if self.like is not None:  # baselines have encoders too, of their own layout
            fitted.append(set(frame.index))
        return original(self, frame)

    monkeypatch.setattr(TableEncoder, "fit", remember)
    GANGenerator(**{**CHEAP, "n_folds": 4, "n_updates": 1}).fit(_rows(40))
    assert [len(rows) for rows in fitted] == [30] * 4
    assert set.intersection(*fitted) == set()  # each row was held out once


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_updates": 0}, "n_updates=0"),
        ({"n_folds": 0}, "`n_folds` must be a whole number between 1 and 30, however: n_folds=0"),
        ({"n_folds": 31}, "n_folds=31"),
        ({"check_every": 0}, "check_every=0"),
        ({"patience": 2.5}, "patience=2.5"),
        ({"jitter": np.inf}, "jitter=inf"),
        ({"jitter": 1e38}, r"jitter=1e\+38"),
        ({"gradient_penalty": np.inf}, "gradient_penalty=inf"),
        ({"trainer": "cpu"}, "`trainer` must be a mapping"),
        ({"log_dir": 5}, "`log_dir` must be a path"),
        ({"schema": ["x"]}, "`schema` must be a mapping"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError, match=message):
        GANGenerator(**{**CHEAP, **parameters}).fit(_rows())


def test_a_single_network_earns_its_skill_on_rows_that_chose_nothing(monitors):
    """Check and variant of one half of the held-out rows are those that the other half likes best."""
    generator = VAEGenerator(**{**CHEAP, "n_folds": 1, "n_updates": 60}, codes="posterior").fit(_rows(60))
    (monitor,) = monitors
    checks = np.stack(monitor.selection.checks)
    assert checks.shape == (6, 12)
    halves, honest = np.arange(12) % 2, np.empty(12)
    for half in (0, 1):
        kept = checks[:, halves != half].mean(axis=1).argmax()
        honest[halves == half] = checks[kept, halves == half]
    assert generator.skill_.value == pytest.approx((honest - monitor._baseline).mean(), abs=1e-5)
    assert generator.sample(5).shape == (5, 2)


@pytest.mark.parametrize("loss", ["relativistic", "wgan-gp"])
def test_a_run_that_diverges_before_its_first_check_gets_kernels(loss):
    with pytest.warns(FallbackWarning, match="gradient_norm/critic was not after 10 updates") as caught:
        generator = GANGenerator(**{**CHEAP, "gradient_penalty": 1e30, "loss": loss}).fit(_rows())
    assert caught[0].filename == __file__
    assert isinstance(generator.fallback_, KernelGenerator)
    assert generator.skill_ is None
    assert generator.stop_reason_.startswith("Training diverged")
    assert generator.sample(500, random_state=0)["x"].between(-4, 4).all()


def test_a_network_that_collapsed_with_finite_losses_gets_kernels():
    """Steps of 1 throw a GAN to one corner: every loss is finite, and most of its rows are the same."""
    with pytest.warns(FallbackWarning, match=r"however: it is \d+\.\d nats per row worse") as caught:
        generator = GANGenerator(**{**CHEAP, "learning_rate": 1.0, "n_updates": 60}).fit(_rows())
    assert caught[0].filename == __file__
    assert isinstance(generator.fallback_, KernelGenerator)
    assert (generator.skill_, generator.history_, generator.n_updates_) == (None, None, None)
    assert generator.stop_reason_.startswith("The network describes unseen rows far worse than independent")
    assert generator.sample(500, random_state=0).drop_duplicates().shape[0] > 490


@pytest.mark.parametrize("generator", [GANGenerator, VAEGenerator, FlowGenerator])
def test_a_network_that_was_hardly_trained_is_still_one(generator):
    assert generator(**{**CHEAP, "n_updates": 1, "check_every": 1}).fit(_rows()).fallback_ is None


@pytest.mark.parametrize("generator", [GANGenerator, VAEGenerator, FlowGenerator])
def test_weights_that_are_no_numbers_are_never_sampled_from(generator, monkeypatch):
    """The loss of the last update may look well while the weight average no longer is."""
    average = TabularModule._average

    def spoil(self, averaged, trained):
        average(self, averaged, trained)
        if self.n_done >= 15:
            with torch.no_grad():
                next(averaged.parameters())[0].fill_(torch.nan)

    monkeypatch.setattr(TabularModule, "_average", spoil)
    with pytest.warns(
        FallbackWarning, match="finite, however: a weight was not after 20 updates. Weights of"
    ):
        fitted = generator(**CHEAP).fit(_rows())
    assert "a weight was not finite" in fitted.stop_reason_
    assert fitted.n_updates_.tolist() == [10, 10]
    assert fitted.sample(50)["x"].between(-4, 4).all()


def test_a_network_that_exploded_with_finite_weights_gets_kernels(monkeypatch):
    average = TabularModule._average

    def spoil(self, averaged, trained):
        average(self, averaged, trained)
        with torch.no_grad():
            for weight in averaged.parameters():
                weight.copy_(weight.sign() * 1e20)

    monkeypatch.setattr(TabularModule, "_average", spoil)
    with pytest.warns(FallbackWarning, match="nats per row worse"):
        assert isinstance(GANGenerator(**CHEAP).fit(_rows()).fallback_, KernelGenerator)


@pytest.mark.parametrize("options", [{"max_epochs": 1}, {"max_steps": 1}])
def test_a_limit_of_the_trainer_is_a_reason_too(options):
    generator = GANGenerator(**{**CHEAP, "n_updates": 60}, trainer=options).fit(_rows())
    assert generator.stop_reason_.startswith("Training stopped after")
    assert len(generator.history_) >= 1


@pytest.mark.parametrize(
    "options", [{"max_epochs": 0}, {"limit_train_batches": 0}, {"max_time": {"seconds": 0}}]
)
def test_a_network_without_an_update_is_never_sampled_from(options):
    with pytest.warns(FallbackWarning, match="At least one update must be made, however: a limit"):
        generator = GANGenerator(**CHEAP, trainer=options).fit(_rows())
    assert isinstance(generator.fallback_, KernelGenerator)
    assert generator.stop_reason_ == "No update was made; a KernelGenerator was fitted instead."


@pytest.mark.parametrize("generator", [GANGenerator, VAEGenerator, FlowGenerator, HybridGenerator])
def test_numpys_numbers_are_numbers(generator):
    """A grid search over ``np.arange`` passes them."""
    given = generator(**CHEAP).get_params()
    numbers = {k: np.int64(v) for k, v in given.items() if isinstance(v, int) and not isinstance(v, bool)}
    numbers |= {name: np.float32(value) for name, value in given.items() if isinstance(value, float)}
    fitted = generator(**{**numbers, "random_state": 0}).fit(_rows())
    assert len(fitted.history_) == 2
    assert fitted.sample(3).shape == (3, 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"d_hidden": 10**7}, "A layer of 2 networks, 10,000,000 by 10,000,000, must fit into memory"),
        ({"d_latent": 10**12}, "A layer of 2 networks, 1,000,000,000,000 by 6, must fit into memory"),
        ({"batch_size": 10**11}, "A batch of 100,000,000,000 rows for 2 networks, .* Lower `batch_size`"),
    ],
)
def test_what_would_not_fit_into_memory_is_refused(parameters, message):
    with pytest.raises(DataError, match=message):
        GANGenerator(**{**CHEAP, **parameters}).fit(_rows())


def _layer(value):
    layer = MemberLinear(2, 1, 1, generator=torch.Generator())
    torch.nn.init.constant_(layer.weight, value)
    return layer.requires_grad_(False)


def _monitor(folds):
    selection = CrossFitSelection(folds, patience=9)
    return SkillMonitor(lambda _: None, np.zeros(len(folds)), selection, lambda: False)


def test_each_member_takes_the_variant_that_the_other_fold_likes():
    """The fold of member 0 likes variant 1 best, but it is fold 1 that decides for it, and the reverse."""
    scores = [np.array([0.0, 0.0, 5.0, 5.0]), np.array([9.0, 9.0, 1.0, 1.0])]

    class Choosing(GANGenerator):
        def _variants(self, network, seed):
            return [_layer(0.0), _layer(1.0)]

        def _take_variants(self, chosen):
            self.chosen_ = chosen.tolist()

    generator = Choosing()
    generator._network, generator._n_members = _layer(-1.0), 2
    monitor = _monitor(np.array([0, 0, 1, 1]))
    honest = generator._choose_variant(
        lambda layer: scores[int(layer.weight[0])], monitor, np.random.default_rng(0)
    )
    assert generator.chosen_ == [0, 1]
    assert generator._network.weight.flatten().tolist() == [0.0, 1.0]
    assert honest.tolist() == [0.0, 0.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("generator", "precision"),
    [
        (FlowGenerator, "bf16-true"),
        (GANGenerator, "64-true"),
        (VAEGenerator, "bf16-mixed"),
        *(
            pytest.param(generator, precision, marks=pytest.mark.slow)
            for generator, precision in [
                (FlowGenerator, "64-true"),
                (FlowGenerator, "bf16-mixed"),
                (GANGenerator, "bf16-true"),
                (GANGenerator, "bf16-mixed"),
                (VAEGenerator, "64-true"),
                (VAEGenerator, "bf16-true"),
            ]
        ),
    ],
)
def test_the_precision_of_the_trainer(generator, precision):
    fitted = generator(**CHEAP, trainer={"precision": precision}).fit(_rows())
    assert fitted.sample(3).shape == (3, 2)
    assert fitted.skill_.value == pytest.approx(generator(**CHEAP).fit(_rows()).skill_.value, abs=0.3)


@pytest.mark.parametrize("generator", [FlowGenerator, GANGenerator, VAEGenerator])
def test_scaled_gradients_are_noted_as_they_are(generator):
    """Mixed precision of 16 bits multiplies gradients by 65,536 for the time of the backward pass."""
    plugin = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu"))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="torch.*")
        scaled = generator(**CHEAP, trainer={"plugins": [plugin]}).fit(_rows())
    plain = generator(**CHEAP).fit(_rows())
    for name in plain.history_.filter(like="gradient_norm"):
        np.testing.assert_allclose(scaled.history_[name], plain.history_[name], rtol=0.5)


def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    """The user presses Ctrl-C in the second check; the fit ends in order, and the model is usable."""
    import signal

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    original = SkillMonitor.on_train_epoch_end

    def press(self, trainer, module):
        original(self, trainer, module)
        if len(self.history) == 2:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(SkillMonitor, "on_train_epoch_end", press)
    try:
        generator = GANGenerator(**{**CHEAP, "n_updates": 500, "patience": 50}).fit(_rows())
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert "the user interrupted it" in generator.stop_reason_
    assert len(generator.history_) <= 3
    assert generator.sample(3).shape == (3, 2)
