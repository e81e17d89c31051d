// The colours and fonts of the map, by day and by night. The night is drawn, not turned over: land sinks back, water
// and green keep a hue of their own, and what is ours glows. Pure.

const FONT = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif"];
export const FONTS = [FONT.join(",")];
export const FONTS_STRONG = [["PingFang SC Semibold", "Microsoft YaHei Bold", "Noto Sans CJK SC Bold", ...FONT].join(",")];

export const LIGHT_COLOURS = { normal: "#2b8a57", at_risk: "#b97700", overdue: "#c8372d", suspended: "#7b8794" };
export const LIGHTS = Object.keys(LIGHT_COLOURS);

const DAY = {
  land: "#f4f4f0", hills: ["#eaeadd", "#e3e7d6", "#dae1cc", "#d1dac3"], green: "#d6e7cd", estate: "#f0ede8", square: "#f0eee6",
  water: "#cfe0ea", waterInk: "#3f6f92", building: "#e4e2dc", buildingEdge: "#d6d3cb",
  street: "#ffffff", casing: "#cfd2cf", arterial: "#fdf0cf", arterialCasing: "#d8c391", expressway: "#fbe6b5", expresswayCasing: "#dcbf7d", lane: "#ffffff",
  railway: "#8e969c", ink: "#4a5560", inkStrong: "#2d3843", halo: "#fbfbf9",
  division: "#7d5a99", divisionInk: "#674680", zone: "#a86a1f", grid: "#5c7f9e", greenInk: "#5d7a55",
  component: "#4d6b85", majors: { "02": "#6b5b95", "03": "#8a6d3b", "04": "#4d7c4a" }, faulty: "#b97700",
  density: ["rgba(61,111,156,0)", "rgba(61,111,156,0.10)", "rgba(61,111,156,0.42)"],
  ours: "#1f5fa8", selection: "#1f5fa8", done: "#2b8a57",
  pins: {
    lights: { ...LIGHT_COLOURS, open: "#1f5fa8" }, edge: "#ffffff", glyph: "#ffffff", found: "#1c2733", selected: "#1f5fa8", hovered: "#8fb1d6",
    sign: { face: "rgb(255 255 255 / 92%)", edge: "#9fb0bf", glyph: "#3c5870", faultyFace: "#fbf1de", faultyEdge: "#b97700", faultyGlyph: "#875700" },
  },
};

const NIGHT = {
  land: "#0b1726", hills: ["#0d1c27", "#0f2029", "#11252c", "#142a2f"], green: "#0f2a28", estate: "#0e1d2e", square: "#0f2032",
  water: "#0c2d49", waterInk: "#6ea3cc", building: "#14263a", buildingEdge: "#1b3249",
  street: "#22384f", casing: "#0a1624", arterial: "#37495a", arterialCasing: "#0a1624", expressway: "#4b5a5c", expresswayCasing: "#0a1624", lane: "#1b3046",
  railway: "#40556a", ink: "#a9bdd0", inkStrong: "#dbe6f1", halo: "#0a1624",
  division: "#a98bd0", divisionInk: "#c3aee2", zone: "#e0a558", grid: "#5f87ab", greenInk: "#7aa184",
  component: "#7ea6cb", majors: { "02": "#a99bd6", "03": "#c9a86b", "04": "#83b98a" }, faulty: "#f0b43c",
  density: ["rgba(78,161,255,0)", "rgba(78,161,255,0.10)", "rgba(122,190,255,0.38)"],
  ours: "#4ea1ff", selection: "#4ea1ff", done: "#4cc38a",
  pins: {
    lights: { normal: "#4cc38a", at_risk: "#f0b43c", overdue: "#ff6b60", suspended: "#8fa3b8", open: "#4ea1ff" },
    edge: "#0a1624", glyph: "#0a1624", found: "#e8eef5", selected: "#e8eef5", hovered: "#8fa3b8",
    sign: { face: "rgb(16 31 49 / 92%)", edge: "#3a546f", glyph: "#a9c4de", faultyFace: "#3a2d10", faultyEdge: "#f0b43c", faultyGlyph: "#f5c463" },
  },
};

/** The colours of a theme; any other name means day. */
export function paletteOf(theme) {
  return theme === "night" ? NIGHT : DAY;
}
