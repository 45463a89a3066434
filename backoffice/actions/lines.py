"""Lines of an order in a form, each under its own words."""

from __future__ import annotations

from typing import Any, Final

from wtforms import FieldList, Form, FormField
from wtforms.fields.core import Label
from wtforms.utils import unset_value

_GONE: Final = "Nothing is left of this line"


class LinesField(FieldList):
    """A form for each line that `for_target` offers, with its id in `order_item_id` and its words in `label`.

    What was typed belongs to the line that was shown beside it, also when somebody used up another one meanwhile.
    """

    def __init__(self, form: type[Form], label: str, **options: Any) -> None:
        super().__init__(FormField(form), label, **options)

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take what was typed, or else what is offered, and give each line its words."""
        super().process(formdata, data, extra_filters)
        words = {line["order_item_id"]: line["label"] for line in self.object_data or ()}
        for entry in self.entries:
            entry.label = Label(entry.id, words.get(str(entry.form.order_item_id.data), _GONE))
