// A search for secrets: what it went through, which secrets it saw and where, and what it could not look at.

import { bytes, count, plural, short, words } from "../lib/format";
import { Facts } from "../parts/page";
import type { Pointer } from "./marks";
import type { SecretPlace, SecretSighting, SecretSweep } from "./types";

const kMost = 50; // secrets, and places of one

function where(place: SecretPlace): string {
  return place.line ? `${place.path}:${place.line}:${place.column}` : place.path;
}

function History({ of }: { of: SecretPlace }) {
  if (!of.first_commit) return <>{words(of.source)}</>;
  return (
    <>
      {of.deleted ? "Deleted" : words(of.source)}, commits <code>{short(of.first_commit)}</code> to{" "}
      <code>{short(of.last_commit)}</code>
    </>
  );
}

function Sighting({ of }: { of: SecretSighting }) {
  const left = of.places.length - kMost + of.places_left_out;
  return (
    <section class="stack-s">
      <h4>{of.title}</h4>
      <Facts
        of={[
          ["Secret", <code>{of.redacted}</code>],
          ["Opens", of.opens],
          ["Confidence", `${words(of.confidence)}, score ${of.score.toFixed(2)}`],
          ["Rests on", of.reasons.join(", ")],
          ["Encoded as", of.encodings.join(" in ")],
          ["Tried at its provider", of.validity === "unknown" ? "" : words(of.validity)],
          ["Put aside", of.suppressed],
        ]}
      />
      <ul class="places">
        {of.places.slice(0, kMost).map((place) => (
          <li key={where(place) + place.first_commit}>
            <code class="break">{where(place)}</code>{" "}
            <span class="muted small">
              <History of={place} />
            </span>
          </li>
        ))}
      </ul>
      {left > 0 && <p class="muted small">{plural(left, "more place")}</p>}
    </section>
  );
}

/** With a pointer only the secret that it is about. */
export function SweepView({ of, pointer }: { of: SecretSweep; pointer?: Pointer | undefined }) {
  const meant = of.sightings.filter((one) => `${one.rule}:${one.hash}` === pointer?.locator && !one.suppressed);
  const shown = meant.length > 0 ? meant : of.sightings.filter((one) => !one.suppressed);
  return (
    <div class="stack">
      <Facts
        of={[
          ["Searched", of.inputs.map(words).join(", ")],
          ["Files", `${count(of.files)}, ${bytes(of.bytes)}`],
          ["Versions in history", of.blobs ? `${count(of.blobs)} in ${plural(of.commits, "commit")}` : ""],
          ["Known from an earlier search", of.known ? count(of.known) : ""],
          ["Archives opened", of.archives ? count(of.archives) : ""],
          ["Secrets", count(of.sightings.filter((one) => !one.suppressed).length)],
        ]}
      />
      {shown.slice(0, kMost).map((one) => (
        <Sighting key={one.rule + one.hash} of={one} />
      ))}
      {shown.length > kMost && <p class="muted small">{plural(shown.length - kMost, "more secret")}</p>}
      {of.gaps.length > 0 && (
        <section class="stack-s">
          <h4>Could not be looked at</h4>
          <ul class="places">
            {of.gaps.slice(0, kMost).map((gap) => (
              <li key={gap.path + gap.reason + gap.detail}>
                <code class="break">{gap.path}</code>{" "}
                <span class="muted small">
                  {words(gap.reason)}: {gap.detail}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
