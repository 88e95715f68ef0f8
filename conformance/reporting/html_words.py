"""The fixed words of report.html, per language. What a check says itself stays in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conformance.engine.verdict import Level, Verdict


@dataclass(frozen=True, slots=True)
class PageWords:
    """Every fixed word that only the HTML report needs."""

    lang: str
    report: str
    verdicts: Mapping[Verdict, str]
    levels: Mapping[Level, str]
    target: str
    contract: str
    role: str
    versions: str
    time: str
    suite: str
    suite_digest: str
    proof_digest: str
    not_proven: str
    spec_digest: str
    seed: str
    requests: str
    requests_said: str
    run_id: str
    selection: str
    only: str
    skip: str
    fuzz: str
    fuzz_said: str
    fuzz_open: str
    generated: str
    alike: str
    contents: str
    broken: str
    warned: str
    not_observed: str
    not_observed_hint: str
    errors: str
    coverage: str
    topic: str
    total: str
    readings: str
    readings_hint: str
    question: str
    seen: str
    requirements: str
    requirements_hint: str
    requirement: str
    verdict: str
    level: str
    any_level: str
    any_topic: str
    search: str
    search_hint: str
    reset: str
    shown: str
    none_shown: str
    expected: str
    actual: str
    missing: str
    why: str
    evidence: str
    before: str
    latest: str
    exchange: str
    exchanges: str
    other_exchanges: str
    request: str
    reply: str
    no_reply: str
    no_body: str
    more_lines: str
    body_cut: str
    not_embedded: str
    elsewhere: str
    indented: str
    reproduce: str
    reproduce_hint: str
    reproduce_long: str
    copy: str
    copied: str
    asked: str
    answered: str
    signatures: tuple[str, str]
    signature_parts: str
    footer: str
    seconds: str
    ms: str


ENGLISH = PageWords(
    lang="en",
    report="Conformance report",
    verdicts={
        Verdict.FAIL: "failed",
        Verdict.WARN: "warning",
        Verdict.INCONCLUSIVE: "not observed",
        Verdict.ERROR: "error of the suite",
        Verdict.PASS: "passed",
        Verdict.NOT_APPLICABLE: "not applicable",
        Verdict.NOT_OBSERVABLE: "not observable",
        Verdict.ATTESTED: "attested",
        Verdict.WAIVED: "waived",
    },
    levels={Level.MUST: "MUST", Level.SHOULD: "SHOULD", Level.MAY: "MAY"},
    target="Target",
    contract="Contract",
    role="Role",
    versions="Versions",
    time="Time",
    suite="Suite",
    suite_digest="Digest of the suite",
    proof_digest="Digest of its proof",
    not_proven="none: the suite was changed since it was proven",
    spec_digest="Digest of the contract's data",
    seed="seed",
    requests="Requests",
    requests_said="{requests}; repeated: {retries}; answered 429: {throttled}",
    run_id="Run",
    selection="Selection",
    only="only",
    skip="without",
    fuzz="Generated requests",
    fuzz_said="{cases} to {operations} operations; failures: {failures}",
    fuzz_open="they showed nothing",
    generated="Generated requests: {operation}",
    alike="cases that failed alike: {count}",
    contents="In this report",
    broken="Failed requirements",
    warned="Recommendations not followed",
    not_observed="Could not be observed",
    not_observed_hint="Neither passed nor failed: something was missing. A MUST among them keeps a run from being "
    "conformant. Supply what is missing and run again.",
    errors="Errors of the suite",
    coverage="By topic",
    topic="Topic",
    total="Total",
    readings="Readings",
    readings_hint="Where the source leaves a question open, several answers are lawful. These were seen; they do not "
    "count for or against the target.",
    question="Question",
    seen="Seen",
    requirements="All requirements",
    requirements_hint="Every requirement of the contract that concerns this run. A row opens to its checks.",
    requirement="Requirement",
    verdict="Verdict",
    level="Level",
    any_level="all levels",
    any_topic="all topics",
    search="Search",
    search_hint="id, clause or words",
    reset="Show all",
    shown="Shown: {shown} of {total}",
    none_shown="No requirement fits the filter.",
    expected="Expected",
    actual="Actual",
    missing="Missing",
    why="Why this proves it",
    evidence="Evidence",
    before="Before it",
    latest="What came instead",
    exchange="Exchange",
    exchanges="exchanges",
    other_exchanges="Other exchanges, in exchanges.jsonl",
    request="Request",
    reply="Reply",
    no_reply="No reply",
    no_body="no body",
    more_lines="{count} more lines",
    body_cut="Cut: {shown} of {total} characters. The whole stands in exchanges.jsonl, number {number}.",
    not_embedded="stands in exchanges.jsonl only",
    elsewhere="stands at another place of this report",
    indented="JSON indented for reading; no text or number is changed",
    reproduce="See it again",
    reproduce_hint="Secrets stand as variables; set them in the shell first.",
    reproduce_long="The command is too long for this page; it stands in results.json.",
    copy="Copy",
    copied="Copied",
    asked="Asked",
    answered="Answered",
    signatures=("Tested by", "Accepted by"),
    signature_parts="Name, date, signature",
    footer="Redacted: secrets are named slots, personal data are stand-ins of the same shape. The bundle beside this "
    "file holds results.json and exchanges.jsonl.",
    seconds="s",
    ms="ms",
)

RUSSIAN = PageWords(
    lang="ru",
    report="Протокол проверки соответствия",
    verdicts={
        Verdict.FAIL: "нарушено",
        Verdict.WARN: "предупреждение",
        Verdict.INCONCLUSIVE: "не проверено",
        Verdict.ERROR: "ошибка программы",
        Verdict.PASS: "выполнено",
        Verdict.NOT_APPLICABLE: "неприменимо",
        Verdict.NOT_OBSERVABLE: "не наблюдается",
        Verdict.ATTESTED: "подтверждено банком",
        Verdict.WAIVED: "исключение",
    },
    levels={Level.MUST: "обязательно", Level.SHOULD: "рекомендуется", Level.MAY: "допускается"},
    target="Проверяемая система",
    contract="Контракт",
    role="Роль",
    versions="Версии",
    time="Время",
    suite="Программа проверки",
    suite_digest="Контрольная сумма программы",
    proof_digest="Контрольная сумма её доказательства",
    not_proven="нет: программа изменена после доказательства",
    spec_digest="Контрольная сумма данных контракта",
    seed="seed",
    requests="Запросы",
    requests_said="{requests}; повторов: {retries}; ответов 429: {throttled}",
    run_id="Прогон",
    selection="Выборка",
    only="только",
    skip="кроме",
    fuzz="Порождённые запросы",
    fuzz_said="{cases}, операций: {operations}; сбоев: {failures}",
    fuzz_open="ничего не показали",
    generated="Порождённые запросы: {operation}",
    alike="случаев с тем же сбоем: {count}",
    contents="В этом протоколе",
    broken="Нарушенные требования",
    warned="Невыполненные рекомендации",
    not_observed="Не удалось проверить",
    not_observed_hint="Не выполнено и не нарушено: для проверки чего-то не хватило. Пока среди этих требований есть "
    "обязательные, соответствие не установлено. Добавьте недостающее и повторите прогон.",
    errors="Ошибки программы проверки",
    coverage="По темам",
    topic="Тема",
    total="Всего",
    readings="Толкования",
    readings_hint="Там, где источник оставляет вопрос открытым, допустимы разные ответы. Здесь указано, какие "
    "встретились; на итог они не влияют.",
    question="Вопрос",
    seen="Получено",
    requirements="Все требования",
    requirements_hint="Все требования контракта, относящиеся к этому прогону. Строка раскрывается до проверок.",
    requirement="Требование",
    verdict="Итог",
    level="Уровень",
    any_level="все уровни",
    any_topic="все темы",
    search="Поиск",
    search_hint="номер, пункт или слова",
    reset="Показать все",
    shown="Показано: {shown} из {total}",
    none_shown="Под этот отбор не подходит ни одно требование.",
    expected="Ожидалось",
    actual="Получено",
    missing="Не хватает",
    why="Почему это доказывает нарушение",
    evidence="Доказательство",
    before="До него",
    latest="Что пришло вместо этого",
    exchange="Обмен",
    exchanges="обмены",
    other_exchanges="Другие обмены, в exchanges.jsonl",
    request="Запрос",
    reply="Ответ",
    no_reply="Ответа нет",
    no_body="без тела",
    more_lines="Ещё строк: {count}",
    body_cut="Сокращено: {shown} из {total} символов. Полностью в exchanges.jsonl, номер {number}.",
    not_embedded="приведён только в exchanges.jsonl",
    elsewhere="приведён в другом месте этого протокола",
    indented="JSON показан с отступами; тексты и числа не изменены",
    reproduce="Как повторить",
    reproduce_hint="Вместо секретов стоят переменные; сначала задайте их в оболочке.",
    reproduce_long="Команда слишком длинна для этой страницы; она записана в results.json.",
    copy="Копировать",
    copied="Скопировано",
    asked="Вопрос",
    answered="Ответ",
    signatures=("Проверку провёл", "Протокол принял"),
    signature_parts="Фамилия, дата, подпись",
    footer="Данные обезличены: вместо секретов стоят их названия, вместо персональных данных значения того же вида. "
    "Рядом с этим файлом лежат results.json и exchanges.jsonl.",
    seconds="с",
    ms="мс",
)


def page_words(language: str) -> PageWords:
    """The words of a language: "en", or "ru", which also stands in for "kk"."""
    return RUSSIAN if language in ("ru", "kk") else ENGLISH
