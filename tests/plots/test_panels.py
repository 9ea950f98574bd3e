from __future__ import annotations

import pytest

from imbgen.plots.panels import name_panel, panel_grid, share_legend, share_limits


@pytest.mark.parametrize(("n_panels", "shape"), [(1, (1, 1)), (3, (1, 3)), (5, (2, 3))])
def test_at_most_three_panels_stand_in_a_row(n_panels, shape):
    _, panels = panel_grid(n_panels, (3.0, 2.0))
    assert len(panels) == n_panels
    assert panels[0].get_gridspec().get_geometry() == shape


def test_one_legend_and_common_limits(render):
    figure, panels = panel_grid(2, (3.0, 2.0))
    for place, ax in enumerate(panels):
        ax.plot([place, place + 1], [0, 5 * place + 1], label="line")
        name_panel(ax, "a $x$")
    share_limits(panels)
    share_legend(figure, panels[0])
    render(figure)
    assert panels[0].get_xlim() == panels[1].get_xlim()
    assert panels[0].get_ylim()[1] > 6
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["line"]
    assert panels[0].get_title(loc="left") == r"a \$x\$"
