# Part of crm_lead_management. License LGPL-3.0 or later: see the file LICENSE.
"""What a placeholder of a message may say: paths of fields, and formatters. Nothing else.

An allow list: what is not named here is refused, whatever it is. The caller knows the models;
here is the language. ``step(model, name)`` returns the kind of a field: the name of a model,
PLAIN or HTML, and refuses what is no field that may be read.

>>> def step(model, name):
...     kinds = {"name": PLAIN, "note": HTML, "user_id": "users"}
...     if name not in kinds:
...         raise Refused("field", name)
...     return kinds[name]
>>> names = {"object": "lead", "user": "users"}
>>> def say(text):
...     try:
...         return kind_of(text, names, step) or "plain"
...     except Refused as refused:
...         return f"{refused.code}: {refused.name}"
>>> say("object.user_id.name or user.name"), say("object.note"), say("object.user_id")
('plain', '<html>', 'users')
>>> say("format_date(object.name, lang_code='tr_TR')"), say("object.name.upper()[:3]")
('plain', 'plain')
>>> say("object.name if object.user_id else 'you'"), say("'a' in ('a', object.name)")
('plain', 'plain')

>>> say("object.unlink()"), say("[object][0].unlink()"), say("env['res.users']")
('call: unlink', 'call: unlink', 'name: env')
>>> say("user.write({'x': 1})"), say("object.name.format(object)"), say("object._cr")
('call: write', 'call: format', 'name: _cr')
>>> say("(lambda: 1)()"), say("object.name * 10**9"), say("[x for x in object]")
('call: Lambda', 'operator: Mult', 'part: ListComp')
>>> say("object.name +"), say("__import__('os')"), say("f'{object}'")
('syntax: object.name +', 'call: __import__', 'part: JoinedStr')
"""

import ast

PLAIN, HTML = "", "<html>"

# What Odoo gives to placeholders to write values as people do, and Python's own that compute.
FORMATTERS = frozenset(
    [
        "format_date",
        "format_datetime",
        "format_time",
        "format_amount",
        "format_duration",
        "format_addr",
        "is_html_empty",
        "len",
        "round",
        "abs",
        "min",
        "max",
        "str",
    ]
)
# What a text or a date can be asked for.
METHODS = frozenset(
    [
        "upper",
        "lower",
        "title",
        "capitalize",
        "strip",
        "lstrip",
        "rstrip",
        "split",
        "replace",
        "startswith",
        "endswith",
        "strftime",
        "date",
    ]
)
DATE_PARTS = frozenset(["year", "month", "day", "hour", "minute"])
OPERATORS = (ast.Add, ast.Sub)
# Longer expressions are no placeholders.
MOST = 500


class Refused(Exception):
    """A placeholder says what it may not.

    :param str code: syntax, name, call, operator, list, part, or what ``step`` says.
    :param str name: what it is about.
    """

    def __init__(self, code, name):
        super().__init__(code, name)
        self.code, self.name = code, name


def kind_of(expression, names, step):
    """Return what an expression gives: the name of a model, PLAIN or HTML.

    :param str expression: what stands between the braces.
    :param dict names: the kind of each name that it may use.
    :param step: see above.
    :raise Refused: where it says anything else.
    """
    text = (expression or "").strip()
    try:
        if len(text) > MOST:
            raise ValueError
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise Refused("syntax", text[:MOST]) from error
    return _Reader(names, step).kind(tree.body)


class _Reader:
    def __init__(self, names, step):
        self.names, self.step = names, step

    def kind(self, node):
        read = getattr(self, f"_{type(node).__name__.lower()}", None)
        if read is None:
            raise Refused("part", type(node).__name__)
        return read(node)

    def _plain(self, node):
        kind = self.kind(node)
        if kind not in (PLAIN, HTML):
            raise Refused("list", ast.unparse(node))
        return PLAIN

    def _constant(self, _node):
        return PLAIN

    def _name(self, node):
        if node.id not in self.names:
            raise Refused("name", node.id)
        return self.names[node.id]

    def _attribute(self, node):
        if node.attr.startswith("_"):
            raise Refused("name", node.attr)
        kind = self.kind(node.value)
        if kind not in (PLAIN, HTML):
            return self.step(kind, node.attr)
        if node.attr not in DATE_PARTS:
            raise Refused("name", node.attr)
        return PLAIN

    def _call(self, node):
        function = node.func
        if isinstance(function, ast.Name):
            if function.id not in FORMATTERS:
                raise Refused("call", function.id)
        elif isinstance(function, ast.Attribute):
            if function.attr not in METHODS:
                raise Refused("call", function.attr)
            if self.kind(function.value) not in (PLAIN, HTML):
                raise Refused("call", function.attr)
        else:
            raise Refused("call", type(function).__name__)
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            self.kind(argument)
        return PLAIN

    def _boolop(self, node):
        return self._one_of(node.values)

    def _ifexp(self, node):
        self.kind(node.test)
        return self._one_of([node.body, node.orelse])

    def _one_of(self, nodes):
        kinds = dict.fromkeys(self.kind(node) for node in nodes)
        models = [kind for kind in kinds if kind not in (PLAIN, HTML)]
        if len(models) > 1:
            raise Refused("list", ", ".join(models))
        return models[0] if models else HTML if HTML in kinds else PLAIN

    def _unaryop(self, node):
        self.kind(node.operand)
        return PLAIN

    def _binop(self, node):
        if not isinstance(node.op, OPERATORS):
            raise Refused("operator", type(node.op).__name__)
        self._plain(node.left)
        return self._plain(node.right)

    def _compare(self, node):
        for part in (node.left, *node.comparators):
            self.kind(part)
        return PLAIN

    def _subscript(self, node):
        kind = self.kind(node.value)
        if isinstance(node.slice, ast.Slice):
            for part in (node.slice.lower, node.slice.upper, node.slice.step):
                if part is not None:
                    self._plain(part)
            return kind
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            # A record asked for a field.
            return self._attribute(ast.Attribute(node.value, node.slice.value))
        self._plain(node.slice)
        return kind

    def _list(self, node):
        for element in node.elts:
            self._plain(element)
        return PLAIN

    _tuple = _list

    def _dict(self, node):
        for part in (*node.keys, *node.values):
            if part is None:
                raise Refused("part", "**")
            self._plain(part)
        return PLAIN
