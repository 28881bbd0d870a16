"""Whether an instruction is a problem of mathematics or a task of programming, by its text alone.

Judges of difficulty are asked about those only. The rules are made to miss little: what they let through in vain costs
a call, what they miss has no score. `docs/judges.md` says how often they are right on labelled datasets.
"""

from __future__ import annotations

import re

from scorers.judging.question import Subject

_NUMBER = re.compile(
    r"\d+(?:[.,]\d+)*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|"
    r"thousand|half|twice|dozen|third|quarter)\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\bhow (?:many|much|long|far|fast|old|tall|big|often|large)\b"
    r"|\bhow (?:do|can|would) (?:I|you|we) (?:calculate|solve|find)"
    r"|\b(?:what|which) (?:percent|percentage|fraction|number|is the (?:value|sum|total|product|average|probability|"
    r"difference|area|length|ratio|cost|remainder|number|smallest|largest|least|greatest|maximum|minimum|result|mean|"
    r"price|volume|distance|speed|profit))"
    r"|\b(?:calculate|compute|solve|evaluate|simplify|factor(?:i[sz]e)?|integrate|differentiate|"
    r"find (?:the|all|a|x|y|n)|determine|"
    r"express|prove that|show that|round(?:ed)?|convert|estimate|in total|altogether|at this rate)\b"
    r"|多少|求[^助]|计算|证明|方程|几[个名只本元米]",
    re.IGNORECASE,
)
_MATHEMATICS = re.compile(
    r"\\(?:frac|sqrt|sum|int|prod|lim|binom|cdot|times|leq?|geq?|neq|pi|theta|alpha|infty|mathbb|mathrm|begin|angle|"
    r"triangle|overline|log|sin|cos|tan|boxed|pmod|left|right|text)\b|\\\(|\\\[|\$[^$\n]{1,200}[\\^_=+<>][^$\n]{0,200}\$"
    r"|\b[a-z]\s*\^\s*\{?\d|\b\d*[a-z]\s*[+\-*/]\s*\d+[a-z]?\s*="
    r"|\b(?:polynomial|equations?|integers?|prime numbers?|derivative|integral|triangle|quadrilateral|hypotenuse|"
    r"radius|perimeter|logarithm|matrix|determinant|eigenvalues?|probability that|modulo|arithmetic (?:sequence|mean)|"
    r"geometric (?:sequence|mean)|trigonometr\w+|theorem|inequality|permutations?|combinatori\w+|least common multiple|"
    r"greatest common divisor|square root)\b",
    re.IGNORECASE,
)
_WEAK = re.compile(r"\b(?:what|how|which|find|fewest|when|who|if)\b", re.IGNORECASE)
_FORMULA = re.compile(r"\\(?!n)[a-zA-Z]{2,}|\\[(\[]|\$[^$\n]+\$")
_NO_QUANTITY = re.compile(
    r"(?m)\(?\b\d{1,2}[).:]\s|\(\d{1,2}\)|\b(?:1[5-9]|20)\d\d\b(?![.,]?\d)|[a-z]\d+|\d+[a-z]", re.I
)
_WORDS_A_NUMBER = 25
_SUM = re.compile(r"\d\s*[+*/×÷^]\s*\(?\s*\d|\d\s+-\s+\d|\d\s*=\s*\?")
_CODE = re.compile(
    r"^\s*(?:def \w+\s*\(|class \w+\s*[:({]|#include\s*[<\"]|import \w[\w.]*\s*(?:;|$|as )|from \w[\w.]* import |"
    r"public (?:static |class |void )|(?:const|let|var) \w+\s*=|function \w*\s*\(|fn \w+|func \w+|package \w+;?$|"
    r"<\?php|using namespace |select\b.+\bfrom\b|create table\b|@\w+\s*$|>>> )|```[a-z+#]*\n|\bconsole\.log\(|"
    r"\bSystem\.out\.|\bprintf?\(|</\w+>|\breturn \w+;|=> ?\{|\bself\.\w+|^\w+ ?= ?[\[{\"']",
    re.IGNORECASE | re.MULTILINE,
)
_LANGUAGE = re.compile(
    r"\b(?:python|javascript|typescript|golang|php|kotlin|haskell|matlab|html|css|sql|mysql|postgresql|mongodb|node\.?js|"
    r"django|numpy|pytorch|tensorflow|regex|regular expression|leetcode|codeforces|jquery|arduino|pseudo-?code|"
    r"source code|ajax)\b|(?<!\w)c\+\+|(?<!\w)c#",
    re.IGNORECASE,
)
_PROGRAM = re.compile(
    r"\b(?:java|rust|ruby|swift|scala|perl|bash|react|flask|pandas|json|xml|api|unit tests?|assembly|coding|programs?|"
    r"programming|function|method|script|algorithm|class|compiler|query|"
    r"code|data structure|linked list|binary (?:tree|search)|arrays?|strings?|loop|recursion|recursive|bug|snippet|"
    r"web ?page|command|subroutine|variable|stack|queue|hash ?map|dictionary|integer list|"
    r"list of (?:integers|numbers|strings))\b"
    r"|代码|编程|程序|脚本|函数",
    re.IGNORECASE,
)
_MAKES = re.compile(
    r"\b(?:write|implement|create|develop|design|build|code|generate|fix|debug|refactor|optimi[sz]e|rewrite|edit|modify|"
    r"convert|complete|construct|define|add|output|given|return|returns|print|what (?:does|is the output)|"
    r"update|compile|detect|check|count)\b|编写|写一|实现|修改",
    re.IGNORECASE,
)


def is_of(subject: Subject, instruction: str) -> bool:
    """Whether an instruction is of a subject; every one is of `any`."""
    match subject:
        case "math":
            return is_math(instruction)
        case "code":
            return is_code(instruction)
        case _:
            return True


def is_math(text: str) -> bool:
    """Whether something is to be calculated, solved or proved."""
    if is_code(text):
        return False
    if _SUM.search(text) or len(_MATHEMATICS.findall(text)) >= 2:
        return True
    numbers = len(_NUMBER.findall(_NO_QUANTITY.sub(" ", text)))
    if _QUANTITY.search(text):
        return numbers >= 2 or _MATHEMATICS.search(text) is not None or _FORMULA.search(text) is not None
    dense = numbers >= 3 and numbers * _WORDS_A_NUMBER >= len(text.split())
    return _WEAK.search(text) is not None and (dense or _FORMULA.search(text) is not None)


def is_code(text: str) -> bool:
    """Whether a program is to be written, changed or explained."""
    if _CODE.search(text) or _LANGUAGE.search(text):
        return True
    return not _FORMULA.search(text) and _MAKES.search(text) is not None and _PROGRAM.search(text) is not None
