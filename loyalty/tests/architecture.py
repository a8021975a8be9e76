"""The source files of the house as syntax trees, for the test that reads them. Standard library only."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("loyalty", "ledger", "programs", "exchange")


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path

    @property
    def relative(self) -> Path:
        return self.path.relative_to(ROOT)

    @property
    def module(self) -> str:
        parts = self.relative.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def is_test(self) -> bool:
        return bool({"tests", "testing"} & set(self.relative.parts))

    @cached_property
    def text(self) -> str:
        return self.path.read_text()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def imports(self) -> Iterator[str]:
        """Every imported name with its module in front, wherever in the file the import stands."""
        package = self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                module = ".".join([*above, *([node.module] if node.module else [])])
                yield from (f"{module}.{alias.name}" for alias in node.names)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node


def sources() -> list[Source]:
    """Every Python file of the four apps but migrations."""
    found = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts]
    return [Source(path) for path in found]


def texts(*suffixes: str) -> list[Path]:
    """Every file of the house with one of these endings."""
    folders = [ROOT / name for name in (*APPS, "templates")]
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in suffixes]
