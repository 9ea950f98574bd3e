"""`HybridGenerator`: candidate 0 bit by bit, what the gate lets through, and that no parameter is dead."""

import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.mixture import GaussianMixture

from imbgen import (
    BorderSMOTEGenerator,
    GMMGenerator,
    HybridGenerator,
    KernelGenerator,
    OverSampler,
    SMOTEGenerator,
    VAEGenerator,
    load_generator,
)
from imbgen.errors import DataError, FallbackWarning, ModelFileError, ParameterError
from imbgen.generators import refining
from imbgen.generators.fold_presamples import FoldPresamples
from imbgen.generators.gate import CANDIDATES, Candidate, Verdict, decide
from imbgen.generators.plausibility import ClassPlausibility
from imbgen.generators.refined_rows import CandidateScores
from imbgen.metrics import Skill
from imbgen.models.module import TabularModule

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
    x = rng.normal(size=n)
    return pd.DataFrame({"x": x, "z": x + 0.3 * rng.normal(size=n), "c": rng.choice(["a", "b"], n)})


def _others(n=80):
    return _rows(n).assign(x=lambda rows: rows["x"] + 1.0)


def _drawn(generator):
    return generator.sample(40, random_state=0).to_dict("list")


@pytest.fixture
def gate(monkeypatch):
    """Let the gate decide as told, whatever the scores are."""

    def rule(is_accepted, *choice):
        def decided(*arguments, **options):
            verdict = decide(*arguments, **options)
            chosen = tuple(choice or verdict.candidates)
            members = chosen * len(verdict.candidates) if len(chosen) == 1 else chosen
            return Verdict(
                is_accepted, verdict.checks, members, verdict.scores, verdict.own, verdict.gain, verdict.table
            )

        monkeypatch.setattr(refining, "decide", decided)

    return rule


@pytest.mark.parametrize(
    "presampler", [SMOTEGenerator(n_neighbors=3), GMMGenerator(max_components=2), KernelGenerator()]
)
def test_where_nothing_is_accepted_rows_are_the_pre_samplers_bit_by_bit(gate, presampler):
    gate(False)
    hybrid = HybridGenerator(presampler=presampler, **CHEAP).fit(_rows())
    alone = clone(presampler).set_params(random_state=0).fit(_rows())
    assert not hybrid.refined_
    for seed in (3, None, None):  # the unseeded stream too
        pd.testing.assert_frame_equal(
            hybrid.sample(5000, random_state=seed), alone.sample(5000, random_state=seed)
        )


@pytest.mark.parametrize(
    ("n", "presampler"),
    [
        (20, KernelGenerator(random_state=5)),
        (40, KernelGenerator(random_state=5)),
        (20, HybridGenerator(presampler=KernelGenerator(random_state=5))),
    ],
)
def test_the_seed_of_the_pre_sampler_alone_is_that_of_the_whole(gate, n, presampler):
    gate(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FallbackWarning)
        hybrid = HybridGenerator(**{**CHEAP, "random_state": None}, presampler=presampler).fit(_rows(n))
        alone = clone(presampler).fit(_rows(n))
    for _ in range(2):
        pd.testing.assert_frame_equal(hybrid.sample(30), alone.sample(30))


def test_the_seed_of_any_object_is_that_of_the_whole():
    rows, presampler = _rows(20)[["x", "z"]], GaussianMixture(2, random_state=5)
    drawn = []
    for seed in (5, 5, 6):
        with pytest.warns(FallbackWarning):
            hybrid = HybridGenerator(presampler=clone(presampler).set_params(random_state=seed)).fit(rows)
        drawn.append(hybrid.sample(30))
    assert drawn[0].equals(drawn[1])
    assert not drawn[0].equals(drawn[2])


def test_kinds_of_a_pre_sampler_within_a_pre_sampler_are_those_of_the_whole():
    inner = HybridGenerator(presampler=KernelGenerator(schema={"grade": "ordinal"}))
    rows = _rows(20).assign(grade=np.arange(20) % 4)
    with pytest.warns(FallbackWarning):
        hybrid = HybridGenerator(presampler=inner).fit(rows)
    assert hybrid.schema_ == hybrid.presampler_.schema_ == hybrid.presampler_.presampler_.schema_
    assert hybrid.schema_.column("grade").kind.value == "ordinal"


def test_kinds_of_the_pre_sampler_alone_are_those_of_the_whole(gate):
    """Of a column that both name, too; and without a fold as with all rows."""
    gate(True, CANDIDATES[-1])
    rows = _rows().assign(grade=np.arange(40) % 4)
    own, ours = {"grade": "ordinal"}, {"grade": "continuous", "c": "ordinal"}
    seen = []

    class Spy(KernelGenerator):
        def _fit(self, frame, rng, others):
            seen.append([str(self.schema_.column(name).kind) for name in ("grade", "c")])
            super()._fit(frame, rng, others)

    alone = HybridGenerator(**CHEAP, presampler=Spy(schema=own)).fit(rows)
    both = HybridGenerator(**CHEAP, presampler=Spy(schema=own), schema=ours).fit(rows)
    inferred = str(KernelGenerator().fit(rows).schema_.column("c").kind)
    assert seen == 3 * [["ordinal", inferred]] + 3 * [["ordinal", "ordinal"]]  # whole, and two folds
    assert alone.schema_ == alone.presampler_.schema_
    assert both.schema_ == both.presampler_.schema_
    assert set(both.sample(500, random_state=0)["grade"]) == {0, 1, 2, 3}


def test_pre_samples_can_be_seen_beside_what_is_sampled(gate):
    gate(True, CANDIDATES[-1])
    rows = _rows()[["x", "z"]].to_numpy()
    hybrid = HybridGenerator(**CHEAP, presampler=SMOTEGenerator()).fit(rows)
    alone = SMOTEGenerator(random_state=0).fit(rows)
    np.testing.assert_array_equal(hybrid.presample(30, random_state=4), alone.sample(30, random_state=4))
    assert not np.array_equal(hybrid.presample(30, random_state=4), hybrid.sample(30, random_state=4))


def test_a_small_class_gets_the_pre_samples_in_the_open():
    with pytest.warns(FallbackWarning, match=r"at least 30 rows .* pre-sampler's own rows") as caught:
        hybrid = HybridGenerator(**CHEAP).fit(_rows(29))
    assert caught[0].filename == __file__
    assert isinstance(hybrid.fallback_, SMOTEGenerator)
    assert (hybrid.refined_, hybrid.skill_, hybrid.scale_, hybrid.candidates_) == (False, None, None, None)
    assert "n_rows=29" in hybrid.reason_
    alone = SMOTEGenerator(random_state=0).fit(_rows(29))
    pd.testing.assert_frame_equal(hybrid.sample(50, random_state=1), alone.sample(50, random_state=1))


def test_a_pre_sampler_that_is_another_one_in_the_folds_is_not_refined():
    network = VAEGenerator(n_updates=2, check_every=1, n_folds=2, codes="posterior", d_hidden=8)
    with pytest.warns(FallbackWarning, match="falls back to another"):
        hybrid = HybridGenerator(**CHEAP, presampler=network).fit(_rows(32))
    assert hybrid.fallback_ is hybrid.presampler_
    assert hybrid.presampler_.fallback_ is None
    assert len(hybrid.sample(50)) == 50


def test_a_run_that_diverges_before_its_first_check_gets_the_pre_samples():
    with pytest.warns(FallbackWarning, match="was not after 10 updates"):
        hybrid = HybridGenerator(**{**CHEAP, "gradient_penalty": 1e30}).fit(_rows())
    assert isinstance(hybrid.fallback_, SMOTEGenerator)
    assert hybrid.reason_.startswith("Training diverged")
    assert hybrid.sample(500)["x"].between(-4, 4).all()


def test_weights_that_are_no_numbers_are_never_sampled_from(monkeypatch):
    average = TabularModule._average

    def spoil(self, averaged, trained):
        average(self, averaged, trained)
        if self.n_done >= 15:
            with torch.no_grad():
                next(averaged.parameters())[0].fill_(torch.nan)

    monkeypatch.setattr(TabularModule, "_average", spoil)
    with pytest.warns(FallbackWarning, match="finite, however: a weight was not after 20 updates"):
        hybrid = HybridGenerator(**CHEAP).fit(_rows())
    assert "a weight was not finite" in hybrid.stop_reason_
    assert hybrid.n_updates_.tolist() == [10, 10]
    assert hybrid.sample(100)["x"].between(-4, 4).all()


@pytest.mark.slow
def test_steps_far_too_large_do_no_harm():
    hybrid = HybridGenerator(**{**CHEAP, "learning_rate": 1.0, "n_updates": 60}).fit(_rows())
    assert hybrid.skill_.value >= hybrid.presampler_skill_.value
    assert hybrid.sample(500, random_state=0)["x"].between(-4, 4).all()


def test_the_fitted_object_says_what_was_chosen_and_why():
    hybrid = HybridGenerator(**CHEAP).fit(_rows())
    assert hybrid.scale_.shape == hybrid.weight_.shape == hybrid.thinned_.shape == (2,)
    assert hybrid.reason_.startswith("Rows are ")
    assert list(hybrid.candidates_.columns) == ["weight", "scale", "thinned", "gain", "gain_se"]
    assert len(hybrid.candidates_) == len(CANDIDATES)
    expected = hybrid.gain_.value if hybrid.refined_ else 0.0
    assert hybrid.skill_.value - hybrid.presampler_skill_.value == pytest.approx(expected)
    assert hybrid.refined_ == (hybrid.gain_.value > hybrid.gain_.standard_error)


def test_what_smote_lacks_is_gained():
    """Known truth: independent normal columns, whose variance SMOTE contracts."""
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=list("abc"))
    hybrid = HybridGenerator(**{**CHEAP, "n_updates": 60, "d_hidden": 16}).fit(rows)
    assert hybrid.refined_, hybrid.reason_
    real, alone = rows.var().mean(), hybrid.presampler_.sample(4000, random_state=0).var().mean()
    refined = hybrid.sample(4000, random_state=0).var().mean()
    assert alone < 0.85 * real
    assert 0.9 * real < refined < 1.15 * real


@pytest.mark.parametrize(
    "choice",
    [CANDIDATES[1], CANDIDATES[2], CANDIDATES[-1]],
    ids=["thinned", "half of them, not moved", "refined"],
)
@pytest.mark.parametrize("n_folds", [1, 2])
def test_every_candidate_can_be_sampled_from_and_saved(gate, tmp_path, choice, n_folds):
    gate(True, choice)
    hybrid = HybridGenerator(**{**CHEAP, "n_folds": n_folds}).fit(_rows(60))
    assert (hybrid.refined_, hybrid.weight_.tolist()) == (True, [choice.weight] * n_folds)
    rows = hybrid.sample(6000, random_state=1)
    assert len(rows) == 6000
    assert rows.dtypes.equals(_rows().dtypes)
    loaded = load_generator(hybrid.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(rows, loaded.sample(6000, random_state=1))
    for name in ("refined_", "reason_", "gain_", "skill_", "presampler_skill_", "stop_reason_"):
        assert getattr(loaded, name) == getattr(hybrid, name)
    pd.testing.assert_frame_equal(loaded.candidates_, hybrid.candidates_)


def test_half_a_weight_keeps_half_of_the_pre_samples(gate):
    gate(True, Candidate(weight=0.5, scale=1.0))
    hybrid = HybridGenerator(**CHEAP).fit(_rows())
    own = hybrid.presampler_._sample_block(np.random.default_rng(5))
    mixed = hybrid._sample_block(np.random.default_rng(5))
    assert len(mixed.merge(own)) == pytest.approx(len(own) / 2, abs=5)


def test_members_may_differ_in_what_they_do(gate):
    gate(True, CANDIDATES[0], CANDIDATES[-1])
    hybrid = HybridGenerator(**CHEAP).fit(_rows())
    own = hybrid.presampler_._sample_block(np.random.default_rng(5))
    mixed = hybrid._sample_block(np.random.default_rng(5))
    assert len(mixed.merge(own)) == pytest.approx(len(own) / 2, abs=5)


def test_parameters_of_the_pre_sampler_are_set_as_in_scikit_learn():
    hybrid = HybridGenerator(presampler=SMOTEGenerator(), **CHEAP)
    assert "presampler__n_neighbors" in hybrid.get_params()
    few = clone(hybrid).set_params(presampler__n_neighbors=1)
    assert few.presampler is not hybrid.presampler
    assert few.fit(_rows()).presampler_.n_neighbors_ == 1
    assert hybrid.presampler.n_neighbors == 5


def test_set_params_after_fit_changes_nothing_that_is_saved(tmp_path):
    hybrid = HybridGenerator(presampler=SMOTEGenerator(n_neighbors=3), **CHEAP).fit(_rows())
    hybrid.set_params(presampler__n_neighbors=1)
    loaded = load_generator(hybrid.save(tmp_path / "model"))
    assert loaded.presampler.n_neighbors == 3
    pd.testing.assert_frame_equal(hybrid.sample(20, random_state=2), loaded.sample(20, random_state=2))


def test_no_pre_sampler_is_smote():
    assert isinstance(HybridGenerator(**CHEAP).fit(_rows()).presampler_, SMOTEGenerator)


def test_any_object_that_fits_and_samples_will_do(tmp_path):
    numbers = _rows()[["x", "z"]]
    hybrid = HybridGenerator(presampler=GaussianMixture(2), **CHEAP).fit(numbers)
    again = HybridGenerator(presampler=GaussianMixture(2), **CHEAP).fit(numbers)
    pd.testing.assert_frame_equal(hybrid.sample(50, random_state=0), again.sample(50, random_state=0))
    with pytest.raises(ModelFileError, match=r"pre-sampled with .*GaussianMixture"):
        hybrid.save(tmp_path / "model")


@pytest.mark.slow
def test_the_majority_has_a_say_only_where_the_pre_sampler_looks_at_it():
    assert not HybridGenerator(presampler=GMMGenerator()).uses_others
    assert HybridGenerator(presampler=BorderSMOTEGenerator()).uses_others
    assert HybridGenerator(presampler=GMMGenerator(), plausibility="report").uses_others
    plain = HybridGenerator(presampler=GMMGenerator(max_components=2), **CHEAP)
    alone, beside = clone(plain).fit(_rows()), clone(plain).fit(_rows(), others=_others())
    assert _drawn(alone) == _drawn(beside)
    assert not beside.used_others_


def test_an_over_sampler_passes_the_other_rows_to_a_border_pre_sampler():
    X, y = pd.concat([_rows(), _others()], ignore_index=True), np.repeat(["few", "many"], [40, 80])
    hybrid = HybridGenerator(presampler=BorderSMOTEGenerator(), **CHEAP)
    sampler = OverSampler(hybrid, random_state=0)
    X_new, _ = sampler.fit_resample(X, y)
    assert len(X_new) == 160
    fitted = sampler.generators_["few"]
    assert fitted.used_others_
    assert fitted.presampler_.fallback_ is None


@pytest.mark.slow
def test_plausibility_is_reported_without_a_change_of_rows():
    plain, judged = (
        HybridGenerator(presampler=GMMGenerator(max_components=2), plausibility=value, **CHEAP)
        for value in ("off", "report")
    )
    judged.fit(_rows(), others=_others())
    assert _drawn(plain.fit(_rows())) == _drawn(judged)
    assert plain.plausibility_ is None
    shares = (judged.plausibility_.real, judged.plausibility_.presampled, judged.plausibility_.refined)
    assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize(
    ("is_accepted", "choice", "share"),
    [(True, Candidate(0.5, 1.0), 0.5), (True, Candidate(1.0, 0.25), 0.0), (False, Candidate(0.5, 0.5), 0.0)],
)
def test_plausibility_is_that_of_what_is_sampled(monkeypatch, gate, is_accepted, choice, share):
    """And where nothing was accepted, of what refinement would make of all rows."""
    judged, scales = [], []

    def judge(folds, forests, made):
        own = pd.concat(folds.own, ignore_index=True)
        judged.append((own["x"] == pd.concat(made, ignore_index=True)["x"]).mean())
        return ClassPlausibility(0.0, 0.0, 0.0)

    rescale = CandidateScores.rescale
    monkeypatch.setattr(FoldPresamples, "plausibility", judge)
    monkeypatch.setattr(
        CandidateScores, "rescale", lambda s, values: scales.append(values) or rescale(s, values)
    )
    gate(is_accepted, choice)
    HybridGenerator(plausibility="report", **CHEAP).fit(_rows(), others=_others())
    assert judged == [pytest.approx(share, abs=0.01)]
    assert scales[-2] == [choice.scale if is_accepted else 1.0] * 2  # the last is what is sampled


@pytest.mark.slow
def test_filtered_rows_are_as_many_as_asked_for_and_more_plausible(gate, tmp_path):
    gate(True, CANDIDATES[-1])
    plain, filtered = (
        HybridGenerator(plausibility=value, **CHEAP).fit(_rows(), others=_others())
        for value in ("report", "filter")
    )
    rows = filtered.sample(5000, random_state=0)
    assert len(rows) == 5000
    share = [
        (filtered._forests.share(generator.sample(4000, random_state=0)) < 0.5).mean()
        for generator in (filtered, plain)
    ]
    assert share[0] < share[1]
    loaded = load_generator(filtered.save(tmp_path / "model"))
    pd.testing.assert_frame_equal(loaded.sample(5000, random_state=0), rows)
    assert loaded.plausibility_ == filtered.plausibility_


def test_plausibility_needs_others():
    with pytest.raises(DataError, match=r"`others` must be given .* plausibility='report'"):
        HybridGenerator(plausibility="report", **CHEAP).fit(_rows())


# Every parameter with a value that must show, and where it shows.
KNOBS = {
    "presampler": (GMMGenerator(max_components=2), _drawn),
    "d_latent": (3, _drawn),
    "d_hidden": (7, _drawn),
    "n_blocks": (1, _drawn),
    "max_residual": (0.5, _drawn),
    "n_updates": (30, lambda g: g.history_["n_updates"].max()),
    "batch_size": (9, _drawn),
    "learning_rate": (1e-2, _drawn),
    "gradient_penalty": (0.1, _drawn),
    "transport_cost": (5.0, _drawn),
    "copy_penalty": (5.0, _drawn),
    "jitter": (0.5, _drawn),
    "averaging": (1, _drawn),
    "n_folds": (3, lambda g: len(g.n_updates_)),
    "check_every": (20, lambda g: g.history_["n_updates"].tolist()),
    "trainer": ({"max_epochs": 1}, lambda g: len(g.history_)),
    "schema": ({"c": "ordinal"}, lambda g: str(g.presampler_.schema_)),
    "random_state": (1, _drawn),
}


def test_every_parameter_is_in_the_list_of_knobs():
    elsewhere = {"patience", "log_dir", "mode", "plausibility", "rules"}
    assert KNOBS.keys() | elsewhere == HybridGenerator().get_params().keys()


@pytest.fixture(scope="module")
def shown():
    """What the knobs show of a fit with the usual values; filled by the first test that needs it."""
    return {}


@pytest.mark.slow
@pytest.mark.parametrize("name", KNOBS)
def test_no_knob_is_dead(gate, shown, name):
    gate(True, CANDIDATES[-1])
    if not shown:
        plain = HybridGenerator(**CHEAP).fit(_rows())
        shown.update({knob: show(plain) for knob, (_, show) in KNOBS.items()})
    value, show = KNOBS[name]
    assert shown[name] != show(HybridGenerator(**{**CHEAP, name: value}).fit(_rows()))


@pytest.mark.slow
def test_a_price_of_copying_counts_on_levels_alone(gate):
    gate(True, CANDIDATES[-1])
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({name: rng.choice(list("abc"), 60) for name in "uvwxy"})
    shares = []
    for price in (0.0, 100.0):
        options = {**CHEAP, "n_updates": 200, "check_every": 100, "d_hidden": 32, "batch_size": 64}
        drawn = HybridGenerator(**options, copy_penalty=price).fit(rows).sample(2000, random_state=0)
        shares.append(drawn.agg("".join, axis=1).isin(rows.agg("".join, axis=1)).mean())
    assert shares[1] < shares[0] - 0.05


@pytest.mark.slow
def test_patience_ends_a_run():
    lengths = [
        len(HybridGenerator(**{**CHEAP, "n_updates": 100, "patience": patience}).fit(_rows()).history_)
        for patience in (1, 10)
    ]
    assert lengths[0] < lengths[1] == 10


@pytest.mark.slow
def test_pictures_show_pre_samples_beside_real_and_refined_rows(monkeypatch, tmp_path):
    from imbgen.models import tensorboard

    shown = []
    original = tensorboard.marginals
    monkeypatch.setattr(
        tensorboard, "marginals", lambda frames: (shown.append(list(frames)), original(frames))[1]
    )
    HybridGenerator(**CHEAP, log_dir=tmp_path).fit(_rows())
    assert shown[0] == ["real", "pre-sampled", "refined"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"presampler": 5}, "`presampler` must have `fit` and `sample`, however: int has not"),
        ({"presampler": SMOTEGenerator}, r"SMOTEGenerator is a class\. Call it"),
        ({"presampler": SMOTEGenerator(random_state=-1), "random_state": None}, "random_state=-1"),
        (
            {"presampler": SMOTEGenerator(schema=["x"]), "schema": {"x": "ordinal"}},
            "`schema` must be a mapping",
        ),
        ({"mode": "papers"}, "Did you mean 'paper'"),
        ({"plausibility": "on"}, "plausibility='on'"),
        ({"d_latent": 0}, "d_latent=0"),
        ({"max_residual": 0}, "max_residual=0"),
        ({"transport_cost": -1}, "transport_cost=-1"),
        ({"copy_penalty": np.nan}, "copy_penalty=nan"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ParameterError, match=message):
        HybridGenerator(**{**CHEAP, **parameters}).fit(_rows())


def test_samplers_of_imbalanced_learn_are_told_apart():
    from imblearn.over_sampling import ADASYN

    with pytest.raises(ParameterError, match="take SMOTEGenerator or BorderSMOTEGenerator"):
        HybridGenerator(presampler=ADASYN(), **CHEAP).fit(_rows())


def test_a_gain_is_a_skill():
    assert isinstance(HybridGenerator(**CHEAP).fit(_rows()).gain_, Skill)
