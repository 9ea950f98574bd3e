"""`DeepGenerator`: what generators with a network share."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from imbgen.encoding import MarginalCalibration, TableEncoder
from imbgen.errors import FallbackWarning, TrainingError, warn_caller
from imbgen.generators.base import BLOCK_ROWS, BaseGenerator, one_thread
from imbgen.generators.checks import check_mapping, check_number, check_path
from imbgen.generators.crossfit import CrossFit
from imbgen.generators.kernel import KernelGenerator
from imbgen.generators.learned import check_learned
from imbgen.generators.storage import describe, prefixed, rebuild, unprefixed
from imbgen.memory import check_memory
from imbgen.metrics import Skill

if TYPE_CHECKING:
    from imbgen.models import RowsDataModule
    from imbgen.models.callbacks import SkillMonitor
    from imbgen.models.module import TabularModule
    from imbgen.networks import RowSampler

__all__ = ["DeepGenerator", "draw_raw"]

_FEWEST_ROWS = 30
# Most rows of a small class, of which each is worth learning from.
_MOST_OF_SMALL = 300
# Folds, and networks, of larger classes; in a mixture the faults of one network count less.
_FOLDS_OF_LARGE = 3
# Most updates for small classes, which stop far earlier, and for larger ones.
_UPDATES_OF_SMALL, _UPDATES_OF_LARGE = 2000, 5000
# A number that this share of the rows has is learned like a level.
_SPIKE_SHARE = 0.05
# Standard errors by which the check that is kept may be worse than the best.
_TOLERANCE = 2.0
# Arrays of a batch that an update holds at least: inputs, outputs and gradients of the layers.
_BATCH_COPIES = 8
# Bounds of what a network gives: one that explodes is judged like any other, without infinite differences.
_FARTHEST = 1e9
# Synthetic rows per score.
_N_SAMPLE = 1000


class DeepGenerator(BaseGenerator):
    """Base of the generators that train a network.

    A subclass says how its Lightning module and its sampling network are built; folds, training, choice of
    weights, calibration, sampling and saving are here.
    """

    n_blocks: int
    n_updates: int | None
    batch_size: int
    learning_rate: float
    jitter: float
    averaging: int
    n_folds: int | None
    check_every: int
    patience: int
    trainer: Mapping[str, Any] | None
    log_dir: str | Path | None

    _folds_of_small: ClassVar[int] = 5
    """Folds, and networks, of a small class."""

    @abstractmethod
    def _build(self, layout: Mapping[str, Any], n_rows: int, seed: int) -> TabularModule:
        """Return the module to train.

        Parameters
        ----------
        layout : mapping
            What the encoder decided about the networks.
        n_rows : int
            Most rows that a member sees.
        seed : int
        """

    @abstractmethod
    def _build_sampler(self, layout: Mapping[str, Any], weights: Mapping[str, np.ndarray]) -> RowSampler:
        """Return the sampling network that these weights are of, before they are loaded."""

    def _variants(self, network: RowSampler, seed: int) -> Sequence[RowSampler]:
        """Return ways to sample from the trained network, among which held-out rows choose; none for one."""
        return []

    def _take_variants(self, chosen: np.ndarray | None) -> None:
        """Take note of the variant chosen for each member, int64 of shape (n_members,); None before any."""

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_mapping("trainer", self.trainer)
        check_path("log_dir", self.log_dir)
        if self.trainer:
            from imbgen.models.training import check_options

            check_options(self.trainer)
        if self.n_updates is not None:
            check_number("n_updates", self.n_updates, low=1, whole=True)
        for name in ("batch_size", "averaging", "check_every", "patience"):
            check_number(name, getattr(self, name), low=1, whole=True)
        check_number("n_blocks", self.n_blocks, low=0, whole=True)
        check_number("learning_rate", self.learning_rate, low=1e-7, high=1.0)
        check_number("jitter", self.jitter, low=0, high=10)
        if self.n_folds is not None:
            check_number("n_folds", self.n_folds, low=1, high=_FEWEST_ROWS, whole=True)

    def _fit(self, frame: pd.DataFrame, rng: np.random.Generator, others: pd.DataFrame | None) -> None:
        self.fallback_: BaseGenerator | None = None
        self.log_dir_: Path | None = None
        self._take_nothing()
        self._encoder = TableEncoder(self.schema_, spike_share=_SPIKE_SHARE).fit(frame)
        if len(frame) < _FEWEST_ROWS or self._encoder.d_encoded == 0:
            fact = f"n_rows={len(frame)}" if len(frame) < _FEWEST_ROWS else "no column varies"
            rule = f"{type(self).__name__} needs at least {_FEWEST_ROWS} rows and a column that varies"
            self._fall_back(frame, rng, f"{rule}, however: {fact}.", f"No network was trained because {fact}")
            return
        self._is_small = len(frame) <= _MOST_OF_SMALL
        self._n_members = int(self.n_folds or (self._folds_of_small if self._is_small else _FOLDS_OF_LARGE))
        self._budget = int(self.n_updates or (_UPDATES_OF_SMALL if self._is_small else _UPDATES_OF_LARGE))
        self._updates_per_check = min(int(self.check_every), self._budget)
        crossfit = CrossFit(frame, self._encoder, n_folds=self._n_members, n_sample=_N_SAMPLE, rng=rng)
        n_rows = max(map(len, crossfit.train_rows))
        module = self._build(self._layout(), n_rows, int(rng.integers(2**31)))
        try:
            with one_thread():  # once more, for torch may have been loaded only now
                self._train(module, self._encode(crossfit, frame, rng), crossfit, frame, rng)
                self._calibrate(frame, rng)
        except TrainingError as error:
            self._take_nothing()
            self._fall_back(frame, rng, str(error), error.fact)

    def _take_nothing(self) -> None:
        """Take note that no network is sampled from."""
        self.skill_: Skill | None = None
        self.history_: pd.DataFrame | None = None
        self.n_updates_: np.ndarray | None = None
        self._take_variants(None)

    def _fall_back(self, frame: pd.DataFrame, rng: np.random.Generator, problem: str, reason: str) -> None:
        """Fit kernels in place of a network, in the open."""
        warn_caller(f"{problem} A KernelGenerator is fitted instead; see `fallback_`.", FallbackWarning)
        self.fallback_ = KernelGenerator(schema=self.schema, random_state=int(rng.integers(2**31))).fit(frame)
        self.stop_reason_ = f"{reason}; a KernelGenerator was fitted instead."

    def _layout(self) -> dict[str, Any]:
        """Return what the encoder decides about the networks."""
        levels = [block.dims for block in self._encoder.blocks if block.kind != "number"]
        return {
            "n_members": self._n_members,
            "d_encoded": self._encoder.d_encoded,
            "level_blocks": [(dims.start, dims.stop) for dims in levels],
            "free_dims": self._encoder.free_dims(),
        }

    def _schedule(self) -> dict[str, Any]:
        """Return how the network is trained: what all modules take from the generator as it is."""
        names = ("batch_size", "learning_rate", "jitter", "averaging")
        return {"n_updates": self._budget, **{name: getattr(self, name) for name in names}}

    def _encode(self, crossfit: CrossFit, frame: pd.DataFrame, rng: np.random.Generator) -> RowsDataModule:
        return self._data_module(crossfit.encode(rng), crossfit, self._updates_per_check)

    def _data_module(self, rows: np.ndarray, crossfit: CrossFit, updates: int) -> RowsDataModule:
        from imbgen.models import RowsDataModule

        return RowsDataModule(rows, crossfit.train_rows, updates_per_epoch=updates)

    def _train(
        self,
        module: TabularModule,
        rows: RowsDataModule,
        crossfit: CrossFit,
        frame: pd.DataFrame,
        rng: np.random.Generator,
    ) -> None:
        from imbgen.models.callbacks import SkillMonitor
        from imbgen.models.selection import CrossFitSelection
        from imbgen.models.training import (
            build_trainer,
            catch_interrupt,
            claim_folder,
            fit_module,
            quiet_lightning,
        )

        self._check_batch(module)
        noise = self._draw_noise((self._n_members, crossfit.n_sample, module.averaged.d_noise), rng)

        def score(network: RowSampler) -> np.ndarray:
            return crossfit.score(draw_raw(network, noise))

        self.log_dir_ = log_dir = None if self.log_dir is None else claim_folder(self.log_dir)
        with catch_interrupt() as interrupt, quiet_lightning():
            monitor = SkillMonitor(
                score,
                crossfit.baseline,
                CrossFitSelection(crossfit.folds, patience=self.patience, tolerance=self._tolerance()),
                interrupt,
            )
            observers, logger = self._observers(monitor, crossfit, frame, noise, log_dir)
            trainer = build_trainer(
                self.trainer or {},
                n_checks=-(-self._budget // self._updates_per_check),
                callbacks=[monitor, *observers],
                logger=logger,
                log_dir=log_dir,
            )
            fit_module(trainer, module, rows)
            monitor.finish(trainer, module)
        module.averaged.load_state_dict(monitor.weights(monitor.selection.choose()))
        self._take_result(monitor)
        self._network = module.averaged.cpu().float()
        scores = self._choose_variant(score, monitor, rng)
        self._check_learned(scores, crossfit, *rng.spawn(1))  # a spawn: the rows to come stay the same
        self.skill_ = monitor.skill_of(scores)
        if logger is not None:
            from imbgen.models.tensorboard import log_result

            log_result(logger, self.get_params(deep=False), self.skill_, self.history_)

    def _check_batch(self, module: TabularModule) -> None:
        """Raise DataError if a batch would not fit into memory in all layers of a network."""
        width = max(weight.shape[-1] for weight in module.parameters())
        check_memory(
            4 * _BATCH_COPIES * self._n_members * self.batch_size * width,
            f"A batch of {self.batch_size:,} rows for {self._n_members} networks, {width:,} wide,",
            "Lower `batch_size`.",
        )

    def _draw_noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
        """Draw what the network is scored with: float32 of shape (n_members, n_rows, d_noise)."""
        return rng.standard_normal(shape, dtype=np.float32)

    def _check_learned(self, scores: np.ndarray, crossfit: CrossFit, rng: np.random.Generator) -> None:
        """Raise TrainingError if the network with these row scores is not worth sampling from."""
        check_learned(scores, crossfit, rng)

    def _shown(self, frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
        """Return the frames that pictures show beside the network's rows, by name."""
        return {"real": frame}

    def _tolerance(self) -> float:
        """Only a large class may be trained past its best check: a small one is learned by heart."""
        return 0.0 if self._is_small else _TOLERANCE

    def _observers(
        self,
        monitor: SkillMonitor,
        crossfit: CrossFit,
        frame: pd.DataFrame,
        noise: np.ndarray,
        log_dir: Path | None,
    ) -> tuple[list[Any], Any]:
        """Callbacks that show the training, and the TensorBoard logger if there is one."""
        from imbgen.models.callbacks import TrainingProgress

        observers: list[Any] = []
        if (self.trainer or {}).get("enable_progress_bar", False):
            observers.append(TrainingProgress(monitor, self._budget))
        if log_dir is None:
            return observers, None
        from imbgen.models.tensorboard import TensorBoardMonitor, open_logger

        logger = open_logger(log_dir)
        observers.append(
            TensorBoardMonitor(
                logger, monitor, lambda net: crossfit.rows(draw_raw(net, noise)), self._shown(frame)
            )
        )
        return observers, logger

    def _take_result(self, monitor: SkillMonitor) -> None:
        if monitor.divergence:
            warn_caller(
                f"Training must stay finite, however: {monitor.divergence}. Weights of earlier checks are "
                "kept; see `n_updates_`. Lower `learning_rate`.",
                FallbackWarning,
            )
        self.history_ = pd.DataFrame.from_records(monitor.history)
        self.n_updates_ = self.history_["n_updates"].to_numpy()[monitor.selection.choose()]
        self.stop_reason_ = monitor.stop_reason

    def _choose_variant(
        self, score: Callable[[RowSampler], np.ndarray], monitor: SkillMonitor, rng: np.random.Generator
    ) -> np.ndarray:
        """Choose each member's variant by the other folds, and return the row scores that this has earned."""
        from imbgen.models.selection import stack_members

        seed = int(rng.integers(2**31))
        variants = self._variants(self._network, seed)
        if not variants:
            return monitor.selection.honest_scores()
        selection = monitor.selection.of_variants([score(variant) for variant in variants])
        chosen = selection.choose()
        honest = selection.honest_scores()
        if self._n_members == 1:  # its rows have chosen the check too
            honest = self._score_halves(score, monitor, seed, honest)
        weights = stack_members([variant.state_dict() for variant in variants], chosen)
        self._network.load_state_dict(weights)
        self._take_variants(chosen)
        return honest

    def _score_halves(
        self, score: Callable[[RowSampler], np.ndarray], monitor: SkillMonitor, seed: int, kept: np.ndarray
    ) -> np.ndarray:
        """Row scores of a single network, its check and variant chosen by the other half of the rows.

        `kept` are those of the check that is kept, with the variant alone chosen by the other half.
        """
        network, selection = copy.deepcopy(self._network), monitor.selection
        by_check = {int(selection.choose()[0]): kept}
        choices = selection.choose_by_others()
        for check in set(choices.tolist()) - by_check.keys():
            network.load_state_dict(monitor.weights(np.array([check])))
            scores = [score(variant) for variant in self._variants(network, seed)]
            by_check[check] = selection.of_variants(scores).honest_scores()
        rows = np.arange(len(kept))
        return np.stack([by_check[check] for check in choices.tolist()])[selection.parts, rows]

    def _calibrate(self, frame: pd.DataFrame, rng: np.random.Generator) -> None:
        """Calibrate each member to the marginals of all rows of the class."""
        noise = rng.standard_normal((self._n_members, BLOCK_ROWS, self._network.d_noise), dtype=np.float32)
        output = draw_raw(self._network, noise)
        self._calibrations = [MarginalCalibration.fit(rows, self._encoder) for rows in output]

    def _sample_block(self, rng: np.random.Generator) -> pd.DataFrame:
        if self.fallback_ is not None:
            return self.fallback_._sample_block(rng)
        per_member = -(-BLOCK_ROWS // self._n_members)
        noise = rng.standard_normal((self._n_members, per_member, self._network.d_noise), dtype=np.float32)
        output = draw_raw(self._network, noise)
        encoded = [c.apply(rows, self._encoder) for c, rows in zip(self._calibrations, output, strict=True)]
        order = rng.permutation(self._n_members * per_member)[:BLOCK_ROWS]
        return self._encoder.decode(np.concatenate(encoded)[order])

    def _get_state(self) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        if self.fallback_ is not None:
            description, arrays = describe(self.fallback_)
            return {"fallback": description, "stop_reason": self.stop_reason_}, prefixed("fallback", arrays)
        encoder, arrays = self._encoder.get_state()
        state = {
            "fallback": None,
            "encoder": encoder,
            "skill": astuple(self.skill_) if self.skill_ is not None else None,
            "stop_reason": self.stop_reason_,
            "history": pd.DataFrame(self.history_).to_dict("list"),
        }
        weights = {name: value.numpy() for name, value in self._network.state_dict().items()}
        knots = {
            key: np.stack([c.to_arrays()[key] for c in self._calibrations]) for key in ("knots", "offsets")
        }
        own = {"n_updates": np.asarray(self.n_updates_), **knots}
        return state, own | prefixed("encoder", arrays) | prefixed("network", weights)

    def _set_state(self, state: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        self.stop_reason_ = state["stop_reason"]
        self.skill_ = self.history_ = self.n_updates_ = self.fallback_ = self.log_dir_ = None
        if state["fallback"] is not None:
            self.fallback_ = rebuild(state["fallback"], unprefixed("fallback", arrays))
            return
        import torch

        self._encoder = TableEncoder.from_state(state["encoder"], unprefixed("encoder", arrays))
        self._n_members = self.n_folds or len(arrays["n_updates"])
        weights = unprefixed("network", arrays)
        self._network = self._build_sampler(self._layout(), weights).requires_grad_(False)
        self._network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        self._calibrations = [
            MarginalCalibration(knots, offsets)
            for knots, offsets in zip(arrays["knots"], arrays["offsets"], strict=True)
        ]
        self.skill_ = Skill(*state["skill"])
        self.history_ = pd.DataFrame(state["history"])
        self.n_updates_ = arrays["n_updates"]


def draw_raw(network: RowSampler, noise: np.ndarray) -> np.ndarray:
    """Raw output of a sampling network for NumPy noise, shape (n_members, n_rows, d_encoded)."""
    import torch

    weight = next(network.parameters())
    if weight.dtype != torch.float32:
        network = copy.deepcopy(network).float()
    output = network.raw(torch.from_numpy(noise).to(weight.device))
    return output.clamp(-_FARTHEST, _FARTHEST).cpu().numpy()
