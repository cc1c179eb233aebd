// One HTTP exchange as it went over the wire, with what the finding is about marked.

import { bytes, words } from "../lib/format";
import { span } from "../lib/time";
import { Icon } from "../parts/icon";
import { fieldName, fieldsOf, isMarked, missing, quoted, segments, type Pointer } from "./marks";
import type { HttpExchange, HttpField } from "./types";

function Mark({ children }: { children: string }) {
  return (
    <mark>
      <span class="unseen">Marked: </span>
      {children}
    </mark>
  );
}

function Fields({ of, pointer }: { of: HttpField[]; pointer?: Pointer | undefined }) {
  return (
    <>
      {of.map((field, i) => (
        <div key={i} class={`wire ${isMarked(field, pointer) ? "marked" : ""}`}>
          <span class="field-name">{field.name}:</span>{" "}
          {isMarked(field, pointer) ? <Mark>{field.value || "(empty)"}</Mark> : field.value}
        </div>
      ))}
      {missing(of, pointer).map((name) => (
        <div key={name} class="wire marked absent">
          <span class="field-name">{fieldName(name)}:</span> <mark>not sent</mark>
        </div>
      ))}
    </>
  );
}

const kLines = 40;

function Body({ text, pointer }: { text: string; pointer?: Pointer | undefined }) {
  if (!text) return null;
  const lines = text.split("\n");
  const first = Math.max(0, lines.findIndex((line) => quoted(line, pointer)) - 3);
  const shown = lines.slice(first, first + kLines);
  return (
    <div class="wire-body">
      {first > 0 && <div class="wire muted">… {first} lines before</div>}
      {shown.map((line, i) => (
        <div key={i} class={`wire ${quoted(line, pointer) ? "marked" : ""}`}>
          {segments(line || " ", pointer).map((one) => (one.marked ? <Mark>{one.text}</Mark> : one.text))}
        </div>
      ))}
      {lines.length > first + kLines && (
        <div class="wire muted">… {lines.length - first - kLines} more lines, in the raw record</div>
      )}
    </div>
  );
}

export function Exchange({ of, pointer }: { of: HttpExchange; pointer?: Pointer | undefined }) {
  const { request, response } = of;
  const about =
    fieldsOf(pointer).length === 0 && pointer && !response?.body.split("\n").some((line) => quoted(line, pointer));
  return (
    <div class="stack-s">
      <p class="muted small">
        {words(request.purpose)}
        {request.credential !== "none" && ` · credential: ${words(request.credential).toLowerCase()}`}
        {of.hop > 0 && ` · hop ${of.hop} of a redirect`} · {of.address || "no connection"} · {span(of.duration_ms)}
        {request.url.startsWith("https:") &&
          (of.tls_trusted ? " · certificate verified" : " · certificate not verified")}
      </p>
      <div class="exchange">
        <div class="side-a">
          <h4>
            <Icon name="up" />
            Request
          </h4>
          <div class="wire start">
            {request.method} {request.url}
          </div>
          <Fields of={request.fields} />
          <Body text={request.body} />
        </div>
        <div class="side-b">
          <h4>
            <Icon name="down" />
            Response
          </h4>
          {response ? (
            <>
              <div class={`wire start ${about ? "marked" : ""}`}>
                {response.version}{" "}
                {about ? (
                  <Mark>{`${response.status} ${response.reason}`}</Mark>
                ) : (
                  `${response.status} ${response.reason}`
                )}
              </div>
              <Fields of={response.fields} pointer={pointer} />
              <Body text={response.body} pointer={pointer} />
              <p class="muted small">
                {bytes(response.body_bytes)} of body{response.truncated && ", cut"}
                {!response.complete && ", ended early"}
                {response.anomalies.length > 0 && ` · odd: ${response.anomalies.join(", ")}`}
              </p>
            </>
          ) : (
            <p class="doubt-ink">
              No answer: {of.failure ? `${words(of.failure.code)}. ${of.failure.detail}` : "unknown reason"}
            </p>
          )}
        </div>
      </div>
    </div>
  );
}
