"""What a generator is and how it is trained, as settings on disk (standard library only).

Every setting is a frozen, keyword-only dataclass that round-trips through JSON; an unknown key or a value of
the wrong type is an error that names it.
"""

from zhyper.spec._generator import ADAPTERS as ADAPTERS
from zhyper.spec._generator import CONTEXTS as CONTEXTS
from zhyper.spec._generator import FORMATS as FORMATS
from zhyper.spec._generator import HYPERNETS as HYPERNETS
from zhyper.spec._generator import POLICIES as POLICIES
from zhyper.spec._generator import GeneratorSpec as GeneratorSpec
from zhyper.spec._generator import check_format as check_format
from zhyper.spec._generator import check_policy as check_policy
from zhyper.spec._generator import layer_indices as layer_indices
from zhyper.spec._recipe import RECIPES as RECIPES
from zhyper.spec._recipe import Recipe as Recipe
from zhyper.spec._recipe import load_recipe as load_recipe
from zhyper.spec._settings import Settings as Settings
from zhyper.spec._settings import did_you_mean as did_you_mean
from zhyper.spec._settings import parse_assignment as parse_assignment
from zhyper.spec._training import REPORTERS as REPORTERS
from zhyper.spec._training import TrainingSpec as TrainingSpec
