"""Benchmarks: one table of them, their rows as items and as pairs, and as sources of tasks."""

from zhyper.data.benchmarks._items import Choice as Choice
from zhyper.data.benchmarks._items import Item as Item
from zhyper.data.benchmarks._items import Number as Number
from zhyper.data.benchmarks._items import Phrase as Phrase
from zhyper.data.benchmarks._items import Program as Program
from zhyper.data.benchmarks._items import Row as Row
from zhyper.data.benchmarks._items import Shares as Shares
from zhyper.data.benchmarks._items import Truth as Truth
from zhyper.data.benchmarks._items import shuffled as shuffled
from zhyper.data.benchmarks._sources import REGIONS as REGIONS
from zhyper.data.benchmarks._sources import benchmark_files as benchmark_files
from zhyper.data.benchmarks._sources import country_of as country_of
from zhyper.data.benchmarks._sources import culture_of as culture_of
from zhyper.data.benchmarks._sources import culture_texts as culture_texts
from zhyper.data.benchmarks._sources import read_benchmarks as read_benchmarks
from zhyper.data.benchmarks._sources import read_culture_benchmarks as read_culture_benchmarks
from zhyper.data.benchmarks._table import BENCHMARKS as BENCHMARKS
from zhyper.data.benchmarks._table import Benchmark as Benchmark
from zhyper.data.benchmarks._table import HarnessTask as HarnessTask
