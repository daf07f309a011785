"""JSON Schemas of the strategy's files, so that editors complete, explain and check them while one writes."""

import ast
import inspect
import json
from itertools import combinations
from pathlib import Path
from textwrap import dedent
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from hub.strategy.comparisons import Comparison
from hub.strategy.conditions import Condition, ItemsComparison, read_condition
from hub.strategy.event_conditions import Did, Filtered
from hub.strategy.journeys import Do, Goal, Journey
from hub.strategy.policy import Policy
from hub.strategy.segments import Segment
from hub.strategy.tracking_plan import TrackingPlan
