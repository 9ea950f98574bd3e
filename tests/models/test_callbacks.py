"""The check that selects and stops, with a scorer whose answers are known."""

import io
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rich.console import Console

from imbgen.errors import TrainingError
from imbgen.metrics import paired_skill
from imbgen.models.callbacks import SkillMonitor, TrainingProgress
from imbgen.models.selection import CrossFitSelection
from imbgen.networks import RowGenerator

FOLDS = np.array([0, 0, 0, 1, 1, 1])


class Run:
    """A training run whose checks score what the test says, and whose weights count the checks."""

    def __init__(self, *, patience=2, n_updates=100, interrupted=lambda: False):
        self.network = RowGenerator(
            n_members=2,
            d_latent=2,
            d_hidden=3,
            d_encoded=2,
            n_blocks=1,
            level_blocks=[],
            free_dims={},
            generator=torch.Generator().manual_seed(0),
        )
        self.baseline = np.linspace(-1, 1, 6)
        self.logged = []
        self.module = SimpleNamespace(
            averaged=self.network,
            n_done=0,
            prepare_check=lambda: None,
            hparams={"n_updates": n_updates},
            last_metrics={"loss/critic": 0.7},
            log=lambda *record, **_: self.logged.append(record),
        )
        self.trainer = SimpleNamespace(should_stop=False)
        self.monitor = SkillMonitor(
            lambda network: self.scores,
            self.baseline,
            CrossFitSelection(FOLDS, patience=patience),
            interrupted,
        )

    def check(self, *gains, n_updates=10):
        """One check, at which member m's held-out rows score ``gains[m]`` above the baseline."""
        with torch.no_grad():
            for parameter in self.network.parameters():
                parameter.fill_(float(len(self.monitor.history)))
        self.module.n_done += n_updates
        self.scores = self.baseline + np.asarray(gains, dtype=float)[FOLDS % len(gains)]
        self.monitor.on_train_epoch_end(self.trainer, self.module)
        return self.trainer.should_stop

    def chosen_weights(self):
        return self.monitor.weights(self.monitor.selection.choose())


def test_the_history_holds_skill_and_metrics():
    run = Run()
    run.check(0.5, 1.5)
    expected = paired_skill(run.scores, run.baseline)
    assert run.monitor.history == [
        {"n_updates": 10, "skill": 1.0, "skill_se": expected.standard_error, "loss/critic": 0.7}
    ]
    assert run.logged == [("val/skill", 1.0)]


def test_each_members_weights_come_from_the_check_that_the_other_chose():
    run = Run(patience=10)
    for gains in ([0, 0], [5, 1], [1, 7], [2, 2]):
        run.check(*gains)
    weights = run.chosen_weights()
    # Fold 1 chooses check 2 for member 0, fold 0 chooses check 1 for member 1.
    for value in weights.values():
        assert (value[0] == 2).all()
        assert (value[1] == 1).all()
    honest = run.monitor.selection.honest_scores()
    assert run.monitor.skill_of(honest).value == pytest.approx((1 + 1) / 2)
    assert run.monitor.best_skill == pytest.approx(4.0)


def test_kept_weights_are_copies():
    run = Run(patience=10)
    run.check(9, 9)
    with torch.no_grad():
        for parameter in run.network.parameters():
            parameter.fill_(123.0)
    assert all((value == 0).all() for value in run.chosen_weights().values())


def test_chosen_weights_load_into_the_network():
    run = Run(patience=10)
    run.check(0, 0)
    run.check(1, 1)
    run.network.load_state_dict(run.chosen_weights())
    assert all((value == 1).all() for value in run.network.state_dict().values())


def test_it_stops_when_the_skill_no_longer_rises():
    run = Run(patience=2)
    assert [run.check(gain) for gain in (0, 3, 1, 2)] == [False, False, False, True]
    assert run.monitor.stop_reason == (
        "Training stopped after 40 updates because none of the last 2 checks was worth keeping "
        "(the last that was: +3.000 after 20 updates)."
    )


def test_it_stops_when_the_budget_is_used_up():
    run = Run(patience=9, n_updates=30)
    assert [run.check(gain) for gain in (0, 1, 2)] == [False, False, True]
    assert (
        run.monitor.stop_reason
        == "Training stopped after 30 updates because the budget of updates was used up."
    )


def test_it_stops_when_the_user_interrupts():
    pressed = []
    run = Run(interrupted=lambda: bool(pressed))
    assert not run.check(1)
    pressed.append(True)
    run.monitor.on_train_batch_end(run.trainer)
    assert run.trainer.should_stop
    run.check(2)
    assert run.monitor.stop_reason == "Training stopped after 20 updates because the user interrupted it."
    assert len(run.monitor.history) == 2


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_it_stops_at_a_loss_that_is_not_finite_and_keeps_the_weights_before(loss):
    run = Run()
    run.check(1)
    run.module.last_metrics = {"loss/critic": loss}
    assert run.check(9)
    assert run.monitor.stop_reason == "Training stopped after 20 updates because loss/critic was not finite."
    assert len(run.monitor.history) == 1
    assert all((value == 0).all() for value in run.chosen_weights().values())


def test_it_fails_where_the_first_check_is_not_finite():
    run = Run()
    run.module.last_metrics = {"loss/generator": math.nan}
    with pytest.raises(TrainingError, match="loss/generator was not after 10 updates"):
        run.check(1)


def test_a_limit_of_the_trainer_is_a_reason_of_last_resort():
    run = Run()
    run.check(1)
    run.monitor.finish(run.trainer, run.module)
    assert (
        run.monitor.stop_reason
        == "Training stopped after 10 updates because a limit given in `trainer` was reached."
    )
    assert len(run.monitor.history) == 1


def test_a_run_without_a_check_gets_one_at_the_end():
    run = Run()
    run.scores = run.baseline + 1
    run.module.n_done = 3
    run.monitor.finish(run.trainer, run.module)
    assert [record["skill"] for record in run.monitor.history] == [1.0]


def test_a_run_without_an_update_is_an_error():
    run = Run()
    with pytest.raises(TrainingError, match="At least one update must be made, however: a limit") as caught:
        run.monitor.finish(run.trainer, run.module)
    assert caught.value.fact == "No update was made"


def test_a_check_without_a_score_is_never_the_best():
    run = Run(patience=9)
    run.check(1)
    run.check(math.nan)
    run.check(0)
    assert run.monitor.selection.best == 0
    assert all((value == 0).all() for value in run.chosen_weights().values())


def test_the_progress_bar_shows_updates_and_skill():
    run = Run()
    bar = TrainingProgress(run.monitor, n_updates=40)
    out = io.StringIO()
    bar._progress.live.console = Console(file=out, force_terminal=True, width=150)
    bar._progress.disable = False
    bar.on_train_start(run.trainer, run.module)
    run.check(1)
    run.check(0.25)
    bar.on_train_batch_end(run.trainer, run.module)
    bar.teardown(run.trainer, run.module, "fit")
    assert "20/40 updates" in out.getvalue()
    assert "skill +0.250 (best +1.000)" in out.getvalue()


def test_the_progress_bar_is_silent_where_there_is_no_terminal(capsys):
    run = Run()
    bar = TrainingProgress(run.monitor, n_updates=40)
    bar.on_train_start(run.trainer, run.module)
    run.check(1)
    bar.on_train_batch_end(run.trainer, run.module)
    bar.teardown(run.trainer, run.module, "fit")
    assert capsys.readouterr() == ("", "")
