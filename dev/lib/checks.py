"""Checks that need no database: linters and doctests.

Each takes the environment and `fix`, and returns a Result that counts as one test.
"""

import env
import node
from report import Result, failure, skipped
from steps import captured

# Of oca-odoo-pre-commit-hooks we leave out:
OCA_OFF = [
    "prefer-readme-rst",  # the README is Markdown: it is read on code hosts as much as in Odoo
    "weblate-component-too-long",  # about the translation server of OCA
]


def run(ready, *command):
    """Run a linter in the root of the clone; return its exit status and output."""
    # pylint finds the addon as it finds any package: on the path.
    environ = ready.environ(PYTHONPATH=str(env.ADDONS))
    return captured(command, cwd=env.ROOT, env=environ)


def verdict(*outcomes):
    """Return the Result of linters: passed when all of them exited with 0."""
    trouble = "\n".join(output.strip() for status, output in outcomes if status)
    return (
        failure(trouble) if any(status for status, _ in outcomes) else Result(passed=1)
    )


def ruff(ready, fix):
    ruff = [ready.python, "-m", "ruff"]
    return verdict(
        run(ready, *ruff, "check", "--quiet", *(["--fix"] if fix else []), "."),
        run(ready, *ruff, "format", *([] if fix else ["--check"]), "."),
    )


def pylint(ready, _fix):
    # Through the link, because pylint-odoo reads the addon's name from its folder.
    return verdict(
        run(
            ready,
            ready.python,
            "-m",
            "pylint",
            f"--rcfile={env.ROOT}/pyproject.toml",
            env.ADDON_LINK,
        )
    )


def oca_hooks(ready, fix):
    programs = ready.python.parent
    options = [f"--disable={','.join(OCA_OFF)}", *(["--fix"] if fix else [])]
    modules = [programs / "oca-checks-odoo-module", *options, env.ADDON_LINK]
    outcomes = [run(ready, *modules)]
    catalogues = sorted((env.ADDON_LINK / "i18n").glob("*.po*"))
    if catalogues:
        outcomes.append(run(ready, programs / "oca-checks-po", *catalogues))
    return verdict(*outcomes)


def web(ready, fix):
    """Run prettier over XML, JavaScript, styles and JSON, and eslint over JavaScript."""
    missing = node.missing()
    if missing:
        return failure(missing) if env.CI else skipped(missing)
    modules = node.ensure()
    paths = {"NODE_PATH": str(modules)}
    return verdict(
        *(node.run(command, paths) for command in node.commands(modules, fix))
    )


def doctests(ready, _fix):
    """Run the examples of our plain Python alone: no Odoo, no database."""
    status, output = run(
        ready, ready.python, "-I", env.DEV / "lib" / "inside" / "doctests.py", env.ROOT
    )
    if status:
        return failure(output)
    *lines, closing = output.strip().splitlines()
    tried, failed = map(int, closing.split())
    trouble = "\n".join(lines) or ("" if tried else "no examples")
    return Result(passed=tried - failed, failed=failed, trouble=trouble)
