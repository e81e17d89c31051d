// The words of the page's language: messages are written in Chinese and looked up for other languages.
// Under node, and in Chinese, a message is its own translation.

const page = globalThis.document?.documentElement;
const lang = page?.lang ?? "zh-CN";

async function loadWords() {
  if (!page || lang.startsWith("zh")) return {};
  try {
    const answer = await fetch(`/words/${lang}.json`);
    return answer.ok ? await answer.json() : {};
  } catch {
    return {};
  }
}

const words = await loadWords();

/** The message in the page's language, with `{name}` filled from values. */
export function _(message, values = {}) {
  const said = words[message] || message;
  return said.replace(/\{(\w+)\}/g, (hole, name) => (name in values ? String(values[name]) : hole));
}
