// The address of the form of calls with what a telephone system knows. It stands behind the #, which is sent to no server:
// a number never stands in a log of requests. Pure.

const FORM = "/desk/operator/register";
const TAKEN = ["contact_phone", "contact_name", "source"];
const MOST_SIGNS = 50;

/** Where a call is taken down. */
export function callAddress({ phone, name = "", source }) {
  return `${FORM}#${new URLSearchParams({ contact_phone: phone, source, ...(name ? { contact_name: name } : {}) })}`;
}

/** What is known of a call by the end of an address, as fields of the form. */
export function knownOf(hash) {
  const told = new URLSearchParams(hash.slice(1));
  return Object.fromEntries(TAKEN.filter((name) => told.get(name)).map((name) => [name, told.get(name).slice(0, MOST_SIGNS)]));
}
