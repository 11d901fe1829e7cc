"""What `adapters.templates` leans on in Jinja2's sandbox."""

import pytest
from jinja2 import StrictUndefined, TemplateError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment, SecurityError


def environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=True)


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ facts.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(facts) }}",
        "{{ facts|attr('__class__') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ items.append(1) }}",
        "{{ facts.update({'a': 1}) }}",
        "{{ range(10000000) }}",
    ],
)
def test_the_sandbox_holds(source: str) -> None:
    with pytest.raises((SecurityError, TemplateError, OverflowError)):
        environment().from_string(source).render(facts={"a": "b"}, items=[1])


def test_data_is_never_template_source_and_is_escaped() -> None:
    shown = environment().from_string("{{ subject }}").render(subject="{{7*7}}<b>")
    assert shown == "{{7*7}}&lt;b&gt;"


@pytest.mark.parametrize("source", ["{{ missing }}", "{{ facts.missing }}", "{% for x in missing %}{% endfor %}"])
def test_an_unknown_name_is_an_error(source: str) -> None:
    with pytest.raises(UndefinedError):
        environment().from_string(source).render(facts={})


def test_an_intercepted_operator_is_not_folded_while_compiling() -> None:
    class Interceptor(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"*"})

        def call_binop(self, context: object, operator: str, left: object, right: object) -> object:
            raise SecurityError(operator)

    template = Interceptor().from_string("{{ 'x' * 100000000 }}")
    with pytest.raises(SecurityError):
        template.render()
