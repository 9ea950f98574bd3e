from __future__ import annotations

import pytest

from imbgen.profiling.column_findings import column_findings
from imbgen.profiling.finding import Severity
from imbgen.profiling.traits import Trait


def tell(traits, label="ill"):
    return list(column_findings(traits, label))


@pytest.mark.parametrize("trait", list(Trait))
@pytest.mark.parametrize("n_columns", [1, 2])
def test_every_trait_has_a_sentence_and_a_remedy(trait, n_columns):
    names = [f"c{i}" for i in range(n_columns)]
    (finding,) = tell({name: {trait: "so"} for name in names})
    start = "Column 'c0' (so) " if n_columns == 1 else "Columns 'c0' (so) and 'c1' (so) "
    assert finding.message.startswith(start)
    assert finding.message.endswith(".")
    assert finding.remedy.endswith((".", "`."))
    assert finding.columns == tuple(names)
    text = f"{finding.message} {finding.remedy}"
    assert "{" not in text.replace("{column: 'categorical'}", "")


def test_one_finding_names_all_columns_of_a_trait():
    traits = {name: {Trait.CONSTANT: ""} for name in "abcdefghij"}
    (finding,) = tell(traits)
    assert finding.message == ("Columns 'a', 'b', 'c', 'd', 'e', 'f' and 4 more have a single value.")
    assert finding.columns == tuple("abcdefghij")


def test_the_class_is_named_as_it_is():
    (finding,) = tell({"x": {Trait.GIVES_AWAY: "AUC 0.99"}}, label=4)
    assert "rows of class 4 from the others" in finding.message


def test_braces_in_names_are_harmless():
    (finding,) = tell({"{them}": {Trait.GIVES_AWAY: "{0}"}}, label="{x}")
    assert finding.message.startswith("Column '{them}' ({0}) tells rows of class '{x}'")


def test_what_training_refuses_is_a_blocker():
    (finding,) = tell({"x": {Trait.INFINITE: "3 rows"}})
    assert finding.severity is Severity.BLOCKER
