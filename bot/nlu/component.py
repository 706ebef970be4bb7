"""What our Rasa components share: how they are made, and how what one has learnt is kept with the model."""

from __future__ import annotations

from typing import Any

import joblib
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from typing_extensions import Self

LEARNT = "learnt.joblib"


class Component(GraphComponent):
    """A component made from its configuration. One that learns calls `keep` in `train` and finds it in `learnt`."""

    LEARNS = False

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self.config = config
        self.learnt: Any = None
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Self:
        component = cls(config, model_storage, resource)
        if cls.LEARNS:
            with model_storage.read_from(resource) as folder:
                component.learnt = joblib.load(folder / LEARNT)
        component.get_ready()
        return component

    def get_ready(self) -> None:
        """What a loaded component prepares before the first message."""

    def keep(self, learnt: Any) -> Resource:
        """Store what was learnt; `train` returns this."""
        with self._model_storage.write_to(self._resource) as folder:
            joblib.dump(learnt, folder / LEARNT)
        return self._resource
