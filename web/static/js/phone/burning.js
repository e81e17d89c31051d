// What is burnt into a near or far photo. Pure.

/** Lines for a photo taken `at` (server's time): the moment, and where the form says it is, with how exact that is. */
export function burntLines({ at, fields }) {
  const [lon, lat] = ["lon", "lat"].map((name) => Number(fields.get(name)) || Number(fields.get(`own_${name}`)));
  const accuracy = Number(fields.get("accuracy_m")) || Number(fields.get("own_accuracy_m"));
  const where = lon && lat ? `${lon.toFixed(5)}°E ${lat.toFixed(5)}°N${accuracy ? ` ±${Math.round(accuracy)} m` : ""}` : null;
  return [sayMoment(at), where].filter(Boolean);
}

/** 2026-09-18 09:30:05 in the city's time. */
export function sayMoment(at) {
  const parts = new Intl.DateTimeFormat("zh-CN", {
    timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  }).formatToParts(at);
  const of = (type) => parts.find((part) => part.type === type).value;
  return `${of("year")}-${of("month")}-${of("day")} ${of("hour")}:${of("minute")}:${of("second")}`;
}
