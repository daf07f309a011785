import pytest

from hub.authoring import read_strategy
from hub.strategy.templates import Template
from tests.authoring.building import JOURNEY, segment, told, write


def _told(tmp_path, template, name="hello.liquid"):
    return told(tmp_path, {"segments/vip.yaml": segment(), f"templates/{name}": template})


def _template(tmp_path, files):
    directory = write(tmp_path, {"segments/vip.yaml": segment()})
    for name, text in files.items():
        (directory / "templates").mkdir(exist_ok=True)
        (directory / "templates" / name).write_text(text, encoding="utf-8")
    return read_strategy(directory).templates["hello"]


def test_front_matter_holds_the_subject_and_the_rest_is_html(tmp_path):
    files = {"hello.liquid": "---\nsubject: Hi {{ profile.traits.name }}\n---\n<p>Hello</p>\n"}

    assert _template(tmp_path, files) == Template(
        subject="Hi {{ profile.traits.name }}", html="<p>Hello</p>\n"
    )


def test_a_template_may_have_a_text_of_its_own(tmp_path):
    files = {"hello.liquid": "---\nsubject: Hi\n---\n<p>Hello</p>", "hello.text.liquid": "Hello"}

    assert _template(tmp_path, files) == Template(subject="Hi", html="<p>Hello</p>", text="Hello")


def test_a_text_may_stand_alone(tmp_path):
    assert _template(tmp_path, {"hello.text.liquid": "--- Hello"}) == Template(text="--- Hello")


def test_html_may_come_without_front_matter(tmp_path):
    assert _template(tmp_path, {"hello.liquid": "<b>Hello</b>"}) == Template(html="<b>Hello</b>")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("<p>\n{% if cart.items %}\n", "2: this is not Liquid: "),
        (
            "{% if cart.items %}x{% endif %}\n{% if cart.value %}\n",
            "2: this is not Liquid: expected tag endif",
        ),
        ("<p>\n{% for x %}{% endfor %}\n", "2: this is not Liquid: expected in"),
        ("<p>\n{% foo %}\n", "2: this is not Liquid: unexpected tag 'foo'"),
        ("---\nsubject: Hi\n---\n<p>\n{{ cart.items | }}\n", "5: this is not Liquid: "),
        ("---\nsubject: Hi\n---\n<p>\n{{ crt.items }}\n", "5: unknown variable 'crt' — did you mean 'cart'?"),
        (
            "{{ customer.name }}\n",
            "1: unknown variable 'customer' — known: cart, enrollment, message, ",
        ),
        ("{{ cart.sumary }}\n", "1: unknown variable 'cart.sumary' — did you mean 'cart.summary'?"),
        (
            "{{ profile.firstName }}\n",
            "1: unknown variable 'profile.firstName' — profile has anonymous_id, email, ",
        ),
        (
            "{{ profile.lifetime.revenu }}\n",
            "1: unknown variable 'profile.lifetime.revenu' — did you mean 'profile.lifetime.revenue'?",
        ),
        (
            "{{ profile.lifetime.spent }}\n",
            "1: unknown variable 'profile.lifetime.spent' — profile.lifetime has average_order, cancelled, ",
        ),
        ("<p>\n{{ cart.summary | upcas }}\n", "2: unknown filter 'upcas' — did you mean 'upcase'?"),
        ("<p>\n{% render 'footer' %}\n", "2: 'render' is not supported — write it out in this template"),
        ("---\nsubject: Hi {{ crt }}\n---\n", "2: unknown variable 'crt' — did you mean 'cart'?"),
        ("---\nsubjct: Hi\n---\n", "2: unknown key 'subjct' — did you mean 'subject'?"),
        ("---\nsubject: [Hi]\n---\n", "2: a list is no text — write a text"),
        ("---\nsubject: Hi\n<p>Hello</p>\n", "1: the front matter has no end — add a line ---"),
        ("---\nsubject: a: b\n---\n", "2: this is not YAML: mapping values are not allowed here"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_at_its_line(tmp_path, template, expected):
    [problem] = _told(tmp_path, template)

    assert problem.startswith(f"templates/hello.liquid:{expected}")


@pytest.mark.parametrize(
    "template",
    [
        "{% for line in cart.lines %}{{ forloop.index }}{{ line.anything }}{% endfor %}",
        "{% assign total = cart.value | times: 2 %}{{ total }}",
        "{% if segments contains 'vip' %}{{ profile.traits.anything.at_all }}{% endif %}",
        "{{ unsubscribe_url }}{{ message.id }}{{ enrollment.journey }}{{ segments.size }}",
        "A brace { alone, and }} too",
    ],
)
def test_what_the_document_holds_may_be_used(tmp_path, template):
    assert _told(tmp_path, template) == []


def test_a_template_has_a_name_like_everything_else(tmp_path):
    [problem] = _told(tmp_path, "Hello", name="My-Mail.liquid")

    assert problem.startswith("templates/My-Mail.liquid:1: 'My-Mail' is no name — rename the file")


def test_liquid_in_an_action_is_read_too(tmp_path):
    lines = ("- mail.update:", 'attributes: {open: "{{ cart.sumary }}"}', 'deep: [x, "{% if %}"]')
    action = "\n              ".join(lines)
    journey = JOURNEY.replace("- mail.send_email: {template: hello}", action)
    files = {"segments/vip.yaml": segment(), "journeys/welcome.yaml": journey}

    problems = told(tmp_path, files)

    assert (
        problems[0]
        == "journeys/welcome.yaml:9: unknown variable 'cart.sumary' — did you mean 'cart.summary'?"
    )
    assert problems[1].startswith("journeys/welcome.yaml:10: this is not Liquid: ")
