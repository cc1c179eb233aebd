// What handlers answer with.

export class Problem extends Error {
  constructor(status, code, detail, thing) {
    super(detail);
    Object.assign(this, { status, code, thing });
  }
}

export const notFound = (thing) =>
  new Problem(404, "not-found", `There is no ${thing} here. Check the address, or look for it in the list.`);
export const need = (found, thing) =>
  found ??
  (() => {
    throw notFound(thing);
  })();
export const ok = (body, more = {}) => ({ status: 200, body, ...more });
export const all = (items) => ok({ items });
export const own = (rows, me) => (me.organisation ? rows.filter((row) => row.organisation === me.organisation) : rows);

export function page(rows, query) {
  const from = Number(query.cursor ?? 0);
  const limit = Number(query.limit ?? 50);
  return ok({
    items: rows.slice(from, from + limit),
    ...(from + limit < rows.length && { next_cursor: String(from + limit) }),
  });
}

export const tagged = (thing, more = {}) => ok(thing, { etag: `"${thing.version}"`, ...more });
export function fresh(thing, etag) {
  if (!etag) throw new Problem(428, "precondition-required", "The change carries no If-Match. Read the thing first.");
  if (etag !== `"${thing.version}"`)
    throw new Problem(412, "precondition-failed", "The thing was changed after you read it.");
  thing.version++;
}
