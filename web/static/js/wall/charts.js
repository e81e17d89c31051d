// The charts of the wall: ECharts with one theme from the tokens. Each says in words what it shows.

import { _ } from "../words.js";
import { describeFlow, describeGrades, describeUsual } from "./words.js";

const HOURS = Array.from({ length: 25 }, (_unused, hour) => hour);

/** Loads ECharts, a script of the old kind that leaves itself on the window. */
async function loadECharts(address) {
  if (!globalThis.echarts) await import(address);
  return globalThis.echarts;
}

export async function openCharts(root, address) {
  const echarts = await loadECharts(address);
  return new Charts(root, echarts);
}

class Charts {
  constructor(root, echarts) {
    this.echarts = echarts;
    this.elements = Object.fromEntries([...root.querySelectorAll("[data-chart]")].map((element) => [element.dataset.chart, element]));
    this.charts = new Map();
    this.figures = null;
    const renew = () => {
      for (const chart of this.charts.values()) chart.dispose();
      this.charts.clear();
      if (this.figures) this.show(this.figures);
    };
    new ResizeObserver(renew).observe(root);
    for (const element of Object.values(this.elements)) new ResizeObserver(() => { if (this.figures) this.show(this.figures); }).observe(element);
    this.renew = renew;
  }

  /** Draws the figures in every chart that is in view. */
  show(figures) {
    this.figures = figures;
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const rem = Number.parseFloat(style.fontSize);
    const look = { rem, ink: colour("ink"), quiet: colour("quiet"), line: colour("line"), accent: colour("accent"), overdue: colour("overdue"), font: colour("font"), sheet: colour("sheet") };
    this.#draw("usual", usualOption(figures.usual, look), describeUsual(figures.usual));
    this.#draw("flow", flowOption(figures.flow, look), describeFlow(figures.flow));
    if (figures.ranking) {
      const kinds = [["departments", _("部门")], ["subdistricts", _("街道")]];
      this.#draw("grades", gradesOption(figures.ranking.grades, kinds, look), describeGrades(figures.ranking.grades, kinds));
    }
  }

  #draw(name, option, words) {
    const element = this.elements[name];
    if (!element || element.clientWidth === 0 || element.clientHeight === 0) return;
    element.setAttribute("aria-label", words);
    let chart = this.charts.get(name);
    if (chart && (chart.getWidth() !== element.clientWidth || chart.getHeight() !== element.clientHeight)) chart.resize();
    if (!chart) {
      chart = this.echarts.init(element, null, { renderer: "canvas" });
      this.charts.set(name, chart);
    }
    chart.setOption({ animation: false, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...option });
  }
}

const text = (look, more = {}) => ({ fontSize: 1.5 * look.rem, color: look.quiet, ...more });

/** Sums since midnight: today as a line over the usual day. */
export function usualOption({ by_hour: usual, today, hours }, look) {
  const points = today.map((n, hour) => [Math.min(hour + 1, hours), n]);
  return {
    grid: { left: 3.6 * look.rem, right: 1.2 * look.rem, top: 0.9 * look.rem, bottom: 2.3 * look.rem },
    xAxis: { type: "value", min: 0, max: 24, interval: 6, axisLine: { lineStyle: { color: look.line, width: 2 } }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: text(look, { formatter: (hour) => (hour % 6 === 0 ? `${hour}` : "") }) },
    yAxis: { type: "value", min: 0, splitNumber: 2, minInterval: 1, axisLabel: text(look, { formatter: (n) => (n ? n.toLocaleString("en-US") : "") }), splitLine: { lineStyle: { color: look.line, width: 1 } } },
    series: [
      { name: "usual", type: "line", data: usual.length ? HOURS.map((hour) => [hour, hour ? usual[hour - 1] : 0]) : [], symbol: "none", lineStyle: { width: 0.16 * look.rem, color: look.quiet, type: "dashed" }, z: 1 },
      {
        name: "today", type: "line", data: [[0, 0], ...points], symbol: "circle", symbolSize: (_value, { dataIndex }) => (dataIndex === points.length ? 0.9 * look.rem : 0), showSymbol: true,
        lineStyle: { width: 0.28 * look.rem, color: look.accent }, itemStyle: { color: look.accent }, areaStyle: { color: look.accent, opacity: 0.16 }, z: 2,
      },
    ],
  };
}

/** How many stand in each of the six stages, and how many of them are overdue. */
export function flowOption(flow, look) {
  const rows = [...flow].reverse();
  const most = Math.max(1, ...rows.map((row) => row.standing));
  const bar = { type: "bar", stack: "standing", barWidth: "52%" };
  return {
    grid: { left: 6.9 * look.rem, right: 4.6 * look.rem, top: 0, bottom: 0 },
    xAxis: { type: "value", min: 0, max: most, show: false },
    yAxis: { type: "category", data: rows.map((row) => row.name), axisLine: { show: false }, axisTick: { show: false }, axisLabel: text(look, { color: look.ink, margin: 0.8 * look.rem }) },
    series: [
      { ...bar, name: "overdue", data: rows.map((row) => row.overdue), itemStyle: { color: look.overdue } },
      {
        ...bar, name: "other", data: rows.map((row) => row.standing - row.overdue), itemStyle: { color: look.accent }, z: 3,
        label: { show: true, position: "right", distance: 0.5 * look.rem, formatter: ({ dataIndex }) => rows[dataIndex].standing.toLocaleString("en-US"), ...text(look, { color: look.ink, fontWeight: 600 }) },
      },
    ],
  };
}

const GRADE_COLOURS = { A: "#3fae68", B: "#4e8cf0", C: "#e3b93a", D: "#ee6a4f", E: "#8a93a0" };

/** How many departments and streets have each grade: one bar for each kind, with the letters in it. */
export function gradesOption(grades, kinds, look) {
  const rows = [...kinds].reverse();
  const sum = ([key]) => grades.reduce((n, grade) => n + grade[key], 0);
  return {
    grid: { left: 4.2 * look.rem, right: 0.6 * look.rem, top: 0, bottom: 0 },
    xAxis: { type: "value", min: 0, max: 1, show: false },
    yAxis: { type: "category", data: rows.map(([, name]) => name), axisLine: { show: false }, axisTick: { show: false }, axisLabel: text(look, { color: look.ink }) },
    series: grades.map((grade) => ({
      name: grade.code, type: "bar", stack: "grades", barWidth: "58%", itemStyle: { color: GRADE_COLOURS[grade.code] ?? look.quiet, borderColor: look.sheet, borderWidth: 2 },
      data: rows.map((kind) => ({ value: sum(kind) ? grade[kind[0]] / sum(kind) : 0, n: grade[kind[0]] })),
      label: { show: true, color: "#0a1624", fontSize: 1.5 * look.rem, fontWeight: 600, formatter: ({ data }) => (data.value > 0.11 ? `${grade.code} ${data.n}` : "") },
    })),
  };
}
