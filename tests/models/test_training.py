"""A Trainer without side effects, and Ctrl-C that ends in order."""

import logging
import os
import signal
import threading
import warnings

import lightning
import numpy as np
import pytest
from lightning.pytorch.callbacks import Callback, ModelCheckpoint

from imbgen.errors import ParameterError
from imbgen.models.training import (
    build_trainer,
    catch_interrupt,
    check_options,
    claim_folder,
    quiet_lightning,
)


@pytest.fixture
def default_handler():
    """The handler that Python starts with, whatever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _press_ctrl_c():
    os.kill(os.getpid(), signal.SIGINT)
    signal.getsignal(signal.SIGINT)  # lets the interpreter run the handler


def test_the_first_ctrl_c_asks_and_the_second_interrupts(default_handler):
    with catch_interrupt() as interrupt:
        assert not interrupt()
        _press_ctrl_c()
        assert interrupt()
        with pytest.raises(KeyboardInterrupt):
            _press_ctrl_c()


@pytest.mark.parametrize("pressed", [False, True])
def test_the_handler_is_put_back(default_handler, pressed):
    with catch_interrupt():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        if pressed:
            _press_ctrl_c()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_handler_is_put_back_after_an_error(default_handler):
    with pytest.raises(RuntimeError, match="in between"), catch_interrupt():
        raise RuntimeError("in between")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_leave_signals_alone(default_handler):
    seen = []

    def work():
        with catch_interrupt() as interrupt:
            seen.append((signal.getsignal(signal.SIGINT), interrupt()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [(signal.default_int_handler, False)]


def test_quiet_lightning_lowers_its_voice_and_raises_it_again():
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    filters = list(warnings.filters)
    with quiet_lightning():
        assert not logger.isEnabledFor(logging.INFO)
        assert logger.isEnabledFor(logging.WARNING)
    assert logger.level == level
    assert warnings.filters == filters


def test_warnings_of_others_are_still_heard():
    with pytest.warns(UserWarning, match="mine"), quiet_lightning():
        warnings.warn("mine", UserWarning, stacklevel=1)


def _build(options=(), log_dir=None, callbacks=()):
    with quiet_lightning():
        return build_trainer(
            dict(options), n_checks=7, callbacks=list(callbacks), logger=None, log_dir=log_dir
        )


def test_the_trainer_keeps_no_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trainer = _build()
    assert trainer.loggers == []
    assert not [c for c in trainer.callbacks if isinstance(c, ModelCheckpoint)]
    assert trainer.max_epochs == 7
    assert list(tmp_path.iterdir()) == []


def test_checkpoints_go_to_the_log_folder(tmp_path):
    trainer = _build(log_dir=tmp_path / "run")
    (checkpoint,) = (c for c in trainer.callbacks if isinstance(c, ModelCheckpoint))
    assert str(checkpoint.dirpath) == str(tmp_path / "run" / "checkpoints")


def test_the_users_options_win_and_callbacks_are_joined():
    class Mine(lightning.Callback):
        pass

    ours, theirs = Mine(), Mine()
    options = {"max_epochs": 2, "callbacks": [theirs], "enable_progress_bar": True, "precision": "bf16-mixed"}
    trainer = _build(options, callbacks=[ours])
    assert trainer.max_epochs == 2
    assert trainer.precision == "bf16-mixed"
    assert [c for c in trainer.callbacks if isinstance(c, Mine)] == [ours, theirs]
    assert trainer.progress_bar_callback is None  # ours is drawn by TrainingProgress
    assert options["callbacks"] == [theirs]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"callbacks": 3}, "must hold callbacks of lightning under 'callbacks', however: callbacks=3"),
        ({"callbacks": ["early"]}, "callbacks="),
        ({"logger": "tensorboard"}, "must hold loggers of lightning under 'logger'"),
        ({"max_epochs": "many"}, "must hold a whole number under 'max_epochs', however: max_epochs='many'"),
        ({"accelerator": "tpu"}, "must hold options that lightning.Trainer accepts here"),
        ({"accelerater": "cpu"}, "Did you mean 'accelerator'"),
        ({1: 2}, "1 is none"),
        ({"gradient_clip_val": 1.0}, "leave out 'gradient_clip_val'.*Lower `learning_rate` instead"),
        ({"accumulate_grad_batches": 2}, "leave out 'accumulate_grad_batches'.*Raise `batch_size` instead"),
    ],
)
def test_options_that_lightning_cannot_use(options, message):
    def use():
        check_options(options)
        build_trainer(options, n_checks=1, callbacks=[], logger=None, log_dir=None)

    with pytest.raises(ParameterError, match=message):
        use()


@pytest.mark.parametrize(("options", "n_devices"), [({}, 1), ({"devices": 2}, 2)])
def test_one_device_is_used_unless_more_are_asked_for(options, n_devices):
    options = {"accelerator": "cpu"} | options
    with quiet_lightning():
        trainer = build_trainer(options, n_checks=1, callbacks=[], logger=None, log_dir=None)
    assert trainer.num_devices == n_devices


@pytest.mark.parametrize("callbacks", [Callback(), [Callback()], (Callback(),), {Callback()}, None])
def test_callbacks_may_be_one_or_many(callbacks):
    check_options({"callbacks": callbacks, "max_epochs": np.int64(2), "logger": False})
    trainer = build_trainer({"callbacks": callbacks}, n_checks=1, callbacks=[], logger=None, log_dir=None)
    assert sum(type(each) is Callback for each in trainer.callbacks) == (callbacks is not None)


def test_every_fit_has_a_folder_of_its_own(tmp_path):
    names = [str(claim_folder(tmp_path / "log").relative_to(tmp_path)) for _ in range(3)]
    assert names == ["log", "log/fit-2", "log/fit-3"]


@pytest.mark.parametrize("name", ["file", "file/below", "file\0"])
def test_a_log_folder_that_cannot_be(tmp_path, name):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ParameterError, match="`log_dir` must be a folder that can be written"):
        claim_folder(tmp_path / name)


def test_a_file_in_place_of_the_checkpoints(tmp_path):
    (tmp_path / "checkpoints").write_text("", encoding="utf-8")
    with pytest.raises(ParameterError, match="it is a file"):
        claim_folder(tmp_path)
