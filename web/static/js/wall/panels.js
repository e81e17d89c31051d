// Puts figures into the panels of the wall. Elements are kept and filled anew, so that nothing grows over a day.

import { sayDuration } from "../wording.js";
import { _ } from "../words.js";
import { now } from "./time.js";
import { bothEnds, countdown, formatted, sayMonth, sayUsual, sayWeek } from "./words.js";

const UI = document.querySelector("use")?.getAttribute("href")?.split("#")[0] ?? "";

const ALARMS_SHOWN = 3;
const WIDE_RANKS = 9;
const isWide = () => innerWidth / innerHeight >= 2.5;

/** An element with a class and words or children. */
export function make(tag, className = "", ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content.filter((one) => one !== null && one !== ""));
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${UI}#${name}`);
  svg.append(use);
  return svg;
}

export class Panels {
  constructor(root) {
    this.root = root;
    this.numbers = [...root.querySelectorAll("[data-n]")];
    this.lists = [...root.querySelectorAll("[data-rows]")];
  }

  show(figures) {
    for (const element of this.numbers) {
      const words = formatted(figures.counters[element.dataset.n]);
      if (element.textContent !== words) element.textContent = words;
    }
    this.root.querySelector("[data-usual-note]").textContent = sayUsual(figures.usual);
    this.#fill("due", figures.next_due.map((row) => caseRow(row)), _("没有临近到期的案件"));
    this.#fill("overdue", figures.overdue.map((row) => caseRow(row)), _("没有超期的案件"));
    this.#fill("overdue-by", bars(figures.overdue_by, "is-overdue"), _("没有部门超期"));
    this.#fill("hot", bars(figures.hot, "is-hot"), _("近 7 天没有上报"));
    this.#fill("hot-aside", bars(figures.hot, "is-hot"), _("近 7 天没有上报"));
    this.#showRanking(figures.ranking);
    this.tick(now());
  }

  #showRanking(ranking) {
    for (const note of this.root.querySelectorAll("[data-period]")) note.textContent = ranking ? sayMonth(ranking.period) : "";
    const none = ranking ? _("件数还不够评价") : _("评价还没有统计");
    const isGraded = ranking?.grades.some(({ departments, subdistricts }) => departments + subdistricts > 0) ?? false;
    const noGrades = this.root.querySelector("[data-no-grades]");
    noGrades.hidden = isGraded;
    noGrades.textContent = none;
    noGrades.previousElementSibling.hidden = !isGraded;
    for (const [name, rows, most] of [["departments", ranking?.departments ?? [], 5], ["streets", ranking?.subdistricts ?? [], 4]]) {
      const shown = bothEnds(rows, isWide() ? WIDE_RANKS : most);
      this.#fill(name, shown.map((row, n) => rankRow(row, isGap(shown[n - 1], row))), none);
    }
  }

  #fill(name, rows, none) {
    const list = this.lists.find(({ dataset }) => dataset.rows === name);
    list.replaceChildren(...(rows.length ? rows : [make("li", "none", none)]));
  }

  /** Every second: what is left until each deadline. */
  tick(nowMs) {
    for (const clock of this.root.querySelectorAll("[data-due]")) {
      const dueAt = Number(clock.dataset.due);
      const words = countdown(dueAt, nowMs);
      if (clock.textContent !== words) clock.textContent = words;
      const light = nowMs >= dueAt ? "overdue" : Number(clock.dataset.risk) && nowMs >= Number(clock.dataset.risk) ? "at_risk" : "normal";
      if (clock.dataset.light !== light) clock.dataset.light = light;
    }
  }

  /** A case as a scene; null empties it. */
  showCase(told) {
    const box = this.root.querySelector("[data-case]");
    box.replaceChildren(...(told ? caseSheet(told) : []));
    this.tick(now());
  }

  /** Incidents that are going on and alarms that stand, in every scene; nothing where there are none. */
  showIncidents({ incidents, more, alarms = [], n_alarms: count = alarms.length }) {
    const panel = this.root.querySelector("[data-panel=incidents]");
    panel.hidden = incidents.length + alarms.length === 0;
    this.root.classList.toggle("has-incidents", !panel.hidden);
    const notes = [more > 0 ? _("还有 {n} 起", { n: more }) : "", count > 0 ? _("告警 {n} 条", { n: count }) : ""];
    this.root.querySelector("[data-incidents-note]").textContent = notes.filter(Boolean).join(" · ");
    this.#fill("incidents", [...alarms.filter(({ is_seen: isSeen }) => !isSeen).slice(0, 1).map(gaugeAlarmRow), ...incidents.map(incidentRow)], "");
    this.tick(now());
  }

  /** An incident as a scene; null empties it. */
  showIncident(told) {
    const fill = (name, those) => this.root.querySelector(`[data-${name}]`).replaceChildren(...those);
    fill("case", told ? incidentSheet(told) : []);
    fill("incident-work", told?.tasks ? taskRows(told.tasks) : [make("p", "none", _("还没有派出任务"))]);
    fill("incident-force", told?.resources.length ? [figures(told.resources.map(({ name, n }) => [name, n]))] : [make("p", "none", _("还没有调派力量"))]);
    this.tick(now());
  }

  showPeople(counts, movers) {
    const told = [[_("监督员"), counts.people], [_("车辆"), counts.vehicles], [_("空闲"), counts.free], [_("位置过时"), counts.stale]];
    this.root.querySelector("[data-people]").replaceChildren(...told.map(([name, n]) => {
      const box = make("div");
      box.append(make("dt", "", name), make("dd", "", formatted(n)));
      return box;
    }));
    this.#fill("people", movers.map(({ name, words }) => make("li", "row", make("span", "what", name), make("span", "clock", words))), _("现在没有人在岗上报位置"));
  }

  /** Which grids nobody walked in a week; whether positions are missing rather than people is said first. */
  showWeek(week) {
    const told = [[_("单元网格"), week.grids], [_("有人走过"), week.walked], [_("没人走过"), week.grids - week.walked]];
    this.root.querySelector("[data-week]").replaceChildren(...told.map(([name, n]) => {
      const box = make("div");
      box.append(make("dt", "", name), make("dd", "", formatted(n)));
      return box;
    }));
    const note = this.root.querySelector("[data-week-note]");
    note.textContent = sayWeek(week, sayTime);
    note.classList.toggle("is-old", week.state !== "fresh");
    this.#fill("week", week.streets.map(streetRow), _("没有单元网格"));
  }

  /** Calls for help over everything else: who, where and since when; those that do not fit are counted. */
  showAlarms(alarms, nowMs) {
    const bar = this.root.querySelector("[data-alarm]");
    bar.hidden = alarms.length === 0;
    const key = JSON.stringify(alarms);
    if (key !== this.alarmKey) {
      this.alarmKey = key;
      const left = alarms.length - ALARMS_SHOWN;
      bar.replaceChildren(...alarms.slice(0, ALARMS_SHOWN).map(alarmRow), ...(left > 0 ? [make("p", "alarm-more", _("还有 {n} 人求助", { n: left }))] : []));
    }
    for (const since of bar.querySelectorAll("[data-since]")) {
      const forS = (nowMs - Number(since.dataset.since)) / 1000;
      const words = forS < 60 ? _("刚刚") : _("已 {text}", { text: sayDuration(forS) });
      if (since.textContent !== words) since.textContent = words;
    }
  }
}

function alarmRow({ name, at, lon, where, isLastKnown }) {
  const since = make("span", "alarm-for");
  since.dataset.since = at;
  since.setAttribute("aria-hidden", "true"); // it changes each minute; the beginning is said once
  const place = lon === null ? _("位置不明") : isLastKnown ? _("最后位置 {place}", { place: where || _("见地图") }) : where || _("见地图");
  return make("p", "alarm-row", make("strong", "", _("求助：{names}", { names: name })), make("span", "alarm-where", place), make("span", "alarm-at", _("{time} 起", { time: sayTime(new Date(at).toISOString()) })), since);
}

function clockOf(row) {
  const clock = make("span", "clock");
  if (!row.due_at) return clock;
  clock.dataset.due = Date.parse(row.due_at);
  clock.dataset.risk = row.at_risk_at ? Date.parse(row.at_risk_at) : "";
  return clock;
}

function caseRow(row) {
  const what = make("span", "what", row.type, row.is_supervised ? make("span", "flag", _("督办")) : "");
  const where = make("span", "where", [row.place, row.department || row.stage].filter(Boolean).join(" · "));
  return make("li", "row", make("span", "line", what, clockOf(row)), where);
}

function levelBadge({ level, level_words: words, is_level_confirmed: isSure }) {
  return make("span", `level level-${level ?? "none"}`, words, isSure || !level ? "" : make("small", "", ` ${_("待确认")}`));
}

function owedClock(report) {
  const clock = make("span", "clock");
  clock.dataset.due = Date.parse(report.due_at);
  clock.dataset.risk = Date.parse(report.due_at) - 600_000;
  return clock;
}

function drillMark({ is_drill: isDrill }) {
  return isDrill ? make("span", "badge badge-drill", _("演练")) : "";
}

function incidentRow(told) {
  const [next] = told.owed;
  const what = make("span", "what", drillMark(told), told.title);
  const where = make("span", "where", levelBadge(told), ` ${[told.stage, next?.name].filter(Boolean).join(" · ")}`);
  return make("li", "row incident-row", make("span", "line", what, next ? owedClock(next) : ""), where);
}

function gaugeAlarmRow({ kind, words }) {
  return make("li", "row gauge-alarm-row", make("span", "what", make("span", "badge badge-alarm", kind), words));
}

function incidentSheet(told) {
  const facts = make("dl", "case-facts");
  for (const [name, value] of [[_("地点"), told.place || _("地点不明")], [_("阶段"), told.stage], [_("伤亡损失"), told.toll]]) facts.append(make("dt", "", name), make("dd", "", value));
  const owed = make("ol", "rows", ...told.owed.map((report) => make("li", "row", make("span", "line", make("span", "what", report.name), owedClock(report)))));
  const steps = make("ol", "case-steps", ...told.steps.map(({ at, words }) => make("li", "", make("time", "", sayTime(at)), words)));
  return [
    make("h2", "case-title", drillMark(told), told.title), make("p", "where", levelBadge(told), ` ${told.incident_no}`), facts,
    told.exposure ? figures([[_("范围内约"), told.exposure.people], [_("防护目标"), told.exposure.targets], [_("道路"), told.exposure.roads]]) : "",
    told.alarms?.length ? make("ol", "rows", ...told.alarms.map(gaugeAlarmRow)) : "",
    told.owed.length ? owed : "", steps,
  ].filter(Boolean);
}

function figures(pairs) {
  return make("dl", "room-row", ...pairs.map(([name, n]) => make("div", "", make("dt", "", name), make("dd", "", n === null || n === undefined ? "–" : formatted(n)))));
}

/** How tasks stand, and those that are due first. */
function taskRows({ late, given, accepted, done, next }) {
  const counts = figures([[_("超时"), late], [_("待接受"), given], [_("办理中"), accepted], [_("已完成"), done]]);
  counts.classList.toggle("is-late", late > 0);
  const rows = next.map((task) => make("li", "row", make("span", "line", make("span", "what", task.text), owedClock(task)), make("span", "where", task.department)));
  return [counts, make("ol", "rows", ...rows)];
}

function bars(rows, className) {
  const most = Math.max(1, ...rows.map((row) => row.n));
  return rows.map(({ name, n }) => {
    const bar = make("span", "bar");
    bar.style.inlineSize = `${(100 * n) / most}%`;
    return make("li", `bar-row ${className}`, make("span", "name", name), make("span", "n", formatted(n)), make("span", "rail", bar));
  });
}

/** A street: the part of its unit grids that nobody walked; few grids are told as a number without a share. */
function streetRow({ name, grids, unwalked, is_small: isSmall }) {
  const bar = make("span", "bar");
  bar.style.inlineSize = isSmall ? "0" : `${(100 * unwalked) / grids}%`;
  const n = isSmall ? _("{n} / {all} 格，样本少", { n: unwalked, all: grids }) : _("{n} / {all} 格", { n: formatted(unwalked), all: formatted(grids) });
  return make("li", `bar-row is-unwalked${isSmall ? " is-small" : ""}`, make("span", "name", name), make("span", "n", n), make("span", "rail", bar));
}

/** Whether rows between two of a ranking are left out. */
function isGap(before, row) {
  return Boolean(before) && row.order > before.order + 1;
}

function rankRow({ place, name, total, grade, n, is_small: isSmall }, isAfterGap) {
  const score = make("span", "score", total.toFixed(1));
  const badge = make("span", `grade grade-${grade}`, grade);
  const told = isSmall ? make("span", "small", _("样本少 n={n}", { n })) : badge;
  return make("li", `rank${isSmall ? " is-small" : ""}${isAfterGap ? " is-gap" : ""}`, make("span", "place", place ?? "–"), make("span", "name", name), isSmall ? "" : make("span", "n", _("{n} 件", { n })), score, told);
}

function caseSheet(told) {
  const head = make("h2", "case-title", ...(told.is_drill ? [make("span", "badge badge-drill", _("演练"))] : []), told.type);
  const numbered = make("p", "where", `${told.case_no.slice(0, 6)} ${told.case_no.slice(6, 14)} ${told.case_no.slice(14)}`);
  const clock = told.is_over ? "" : make("p", "case-clock", icon(`light-${told.light}`), clockOf(told));
  const track = make("ol", "case-track", ...told.stages.map((name, n) => make("li", n < told.track || told.is_over ? "is-past" : n === told.track ? "is-here" : "", name)));
  const facts = make("dl", "case-facts");
  const place = told.is_coarse ? `${told.place} ${_("（只显示大致位置）")}` : told.place;
  for (const [name, value] of [[_("地点"), place], [_("阶段"), told.stage], [_("部门"), told.department || "–"]]) facts.append(make("dt", "", name), make("dd", "", value));
  const steps = make("ol", "case-steps", ...told.steps.map(({ at, words }) => make("li", "", make("time", "", sayTime(at)), words)));
  return [head, numbered, clock, track, facts, steps].filter(Boolean);
}

/** A moment as the wall writes it: the day only when it is not today. */
export function sayTime(iso) {
  const at = new Date(iso);
  const city = { timeZone: "Asia/Shanghai" };
  const day = new Intl.DateTimeFormat("zh-CN", { ...city, month: "numeric", day: "numeric" });
  const time = new Intl.DateTimeFormat("en-GB", { ...city, hour: "2-digit", minute: "2-digit" }).format(at);
  return day.format(at) === day.format(new Date(now())) ? time : `${day.format(at)} ${time}`;
}
