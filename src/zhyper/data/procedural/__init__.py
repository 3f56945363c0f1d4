"""Tasks made by composition on shared inputs."""

from zhyper.data.procedural._source import read_procedural as read_procedural
from zhyper.data.procedural._task_table import kind_of_novelty as kind_of_novelty
