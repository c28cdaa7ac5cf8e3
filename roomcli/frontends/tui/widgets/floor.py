"""The part of the room's screen where people are: stage, hands, audience and talk."""

from __future__ import annotations

from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from .audience import NAME_WIDTH, Audience
from .floor_plan import FloorNeeds, FloorPlan, floor_plan
from .hands import HandQueue
from .stage import Stage
from .talk import Talk


class FloorLayout(Layout):
    """Places the four parts as the plan says; those without a line are left out."""

    name = "floor"

    def __init__(self) -> None:
        self.needs = FloorNeeds()

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """Return the place of each part."""
        plan = floor_plan(size.width, size.height, self.needs, NAME_WIDTH)
        regions = dict(zip(FloorPlan._fields, plan, strict=True))
        return [
            WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if (region := regions[_part(child)]).area
        ]


class Floor(Container):
    """Stage, hands, audience and talk, each with the space that it needs now."""

    def __init__(self, stage: Stage, hands: HandQueue, audience: Audience, talk: Talk) -> None:
        self._floor_layout = FloorLayout()
        super().__init__(stage, hands, audience, talk, id="floor")

    @property
    def layout(self) -> Layout:
        """The layout of the parts."""
        return self._floor_layout

    def make_space(self, needs: FloorNeeds) -> None:
        """Give each part the space that it needs from now on."""
        if needs != self._floor_layout.needs:
            self._floor_layout.needs = needs
            self._clear_arrangement_cache()  # refresh() clears those of the widgets around it
            self.refresh(layout=True)


def _part(child: Widget) -> str:
    match child:
        case Stage():
            return "stage"
        case HandQueue():
            return "hands"
        case Audience():
            return "audience"
        case _:
            return "talk"
