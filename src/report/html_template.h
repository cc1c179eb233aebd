#pragma once

// The page of the HTML report (mustache) and its style sheet.

#include <string_view>

namespace assay::report {

inline constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --text: #1b1f24; --dim: #59636e; --line: #d1d9e0; --card: #f6f8fa; --page: #ffffff;
  --critical: #a40e26; --high: #cf222e; --medium: #9a6700; --low: #0969da; --pass: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --dim: #9198a1; --line: #3d444d; --card: #151b23; --page: #0d1117;
  --critical: #ff7b72; --high: #f85149; --medium: #d29922; --low: #58a6ff; --pass: #3fb950; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 62rem; color: var(--text); background: var(--page);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; } h2 { font-size: 1.3rem; margin: 2.5rem 0 .25rem; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
p, dl, ul { margin: .25rem 0; } .dim { color: var(--dim); }
a { color: var(--low); }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; } th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.counts { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0; padding: 0; list-style: none; }
.counts li { border: 1px solid var(--line); border-radius: .5rem; padding: .3rem .8rem; background: var(--card); }
.counts b { font-variant-numeric: tabular-nums; }
article { border: 1px solid var(--line); border-left: .35rem solid var(--low); border-radius: .4rem; padding: .75rem 1rem; margin: .75rem 0;
  background: var(--card); overflow-wrap: anywhere; }
article.critical { border-left-color: var(--critical); } article.high { border-left-color: var(--high); }
article.medium { border-left-color: var(--medium); } article.low { border-left-color: var(--low); }
article h4 { margin: 0 0 .25rem; font-size: 1.05rem; }
.badge { display: inline-block; font-size: .8rem; font-weight: 600; border: 1px solid currentColor; border-radius: 1rem; padding: 0 .6rem; }
.critical > .badge, .badge.critical { color: var(--critical); } .badge.high { color: var(--high); } .badge.medium { color: var(--medium); } .badge.low { color: var(--low); }
dt { font-weight: 600; margin-top: .5rem; } dd { margin: 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0; font: 13px/1.45 ui-monospace, monospace; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
details { margin: .5rem 0; } summary { cursor: pointer; }
li { overflow-wrap: anywhere; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); padding-top: .5rem; color: var(--dim); font-size: .9rem; }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } article { break-inside: avoid; } details > pre { display: none; } }
)css";

inline constexpr std::string_view kPage = R"html(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{{style_hash}}'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Assay report: {{count}}</title>
<style>{{{style}}}</style>
</head>
<body>
<header>
<h1>Assay report</h1>
<p class="dim">{{count}} · assay {{version}}</p>
</header>
<main>
{{#many}}
<table>
<thead><tr><th>App</th><th class="number">Pass</th><th class="number">Fail</th><th class="number">Inconclusive</th><th class="number">Not applicable</th></tr></thead>
<tbody>
{{#apps}}
<tr><td><a href="#{{anchor}}">{{key}}</a></td><td class="number">{{pass}}</td><td class="number">{{fail}}</td><td class="number">{{inconclusive}}</td><td class="number">{{not_applicable}}</td></tr>
{{/apps}}
</tbody>
</table>
{{/many}}
{{#apps}}
<section aria-labelledby="{{anchor}}">
<h2 id="{{anchor}}">{{name}}</h2>
<p class="dim"><code>{{key}}</code> · {{kind}} · <code>{{target}}</code></p>
<p class="dim">{{started}} · took {{duration}} · {{requests}} · {{connections}} · profiles: {{profiles}}</p>
{{#incomplete}}<p><strong>Incomplete:</strong> {{incomplete}}.</p>{{/incomplete}}
{{#allowed}}<p class="dim">Networks allowed although not public: {{allowed}}</p>{{/allowed}}
<ul class="counts">
<li><b>{{pass}}</b> pass</li><li><b>{{fail}}</b> fail</li><li><b>{{inconclusive}}</b> inconclusive</li><li><b>{{not_applicable}}</b> not applicable</li>
</ul>
{{#has_findings}}
<h3>Findings</h3>
{{#findings}}
<article class="{{severity}}">
<h4>{{title}}</h4>
<p><span class="badge {{severity}}">{{severity_title}}{{#vector}} {{score}}{{/vector}}</span> <code>{{requirement}}</code> {{requirement_title}}{{#standing}} <span class="badge">{{standing}}</span>{{/standing}}</p>
{{#ignored}}<p class="dim">Accepted: {{ignored}}</p>{{/ignored}}
<dl>
<dt>Where</dt><dd><code>{{subject}}</code></dd>
<dt>Proof</dt><dd><pre>{{proof}}</pre></dd>
<dt>How to fix it</dt><dd>{{fix}}</dd>
<dt>Why it matters</dt><dd>{{why}}</dd>
</dl>
<p class="dim">{{#vector}}<code>{{vector}}</code> · {{/vector}}<code>{{fingerprint}}</code></p>
{{#evidence}}
<details><summary>Evidence <code>{{kind}}</code> of {{time}}</summary><pre>{{body}}</pre></details>
{{/evidence}}
</article>
{{/findings}}
{{/has_findings}}
{{#has_fixed}}
<h3>Fixed since before</h3>
<ul>{{#fixed}}<li><code>{{requirement}}</code> {{subject}}: {{title}}</li>{{/fixed}}</ul>
{{/has_fixed}}
{{#has_gone}}
<h3>No longer named by the app</h3>
<ul>{{#gone}}<li><code>{{requirement}}</code> {{subject}}: {{title}}</li>{{/gone}}</ul>
{{/has_gone}}
{{#has_inconclusive}}
<h3>Inconclusive</h3>
<p class="dim">What could not be looked at is never counted as passed.</p>
{{#inconclusive_groups}}
<details><summary><code>{{requirement}}</code> {{reason}}</summary><ul>{{#subjects}}<li><code>{{.}}</code></li>{{/subjects}}</ul></details>
{{/inconclusive_groups}}
{{/has_inconclusive}}
{{#has_passed}}
<h3>Passed</h3>
{{#passed_groups}}
<details><summary><code>{{requirement}}</code> {{reason}}</summary><ul>{{#subjects}}<li><code>{{.}}</code></li>{{/subjects}}</ul></details>
{{/passed_groups}}
{{/has_passed}}
{{#has_not_applicable}}
<h3>Not applicable</h3>
{{#not_applicable_groups}}
<details><summary><code>{{requirement}}</code> {{reason}}</summary><ul>{{#subjects}}<li><code>{{.}}</code></li>{{/subjects}}</ul></details>
{{/not_applicable_groups}}
{{/has_not_applicable}}
{{#has_not_verified}}
<h3>Not looked at</h3>
<dl>{{#not_verified}}<dt>{{reason}}</dt><dd>{{requirements}}</dd>{{/not_verified}}</dl>
{{/has_not_verified}}
{{#has_notes}}
<h3>Notes on the descriptor</h3>
<ul>{{#notes}}<li><code>{{pointer}}</code> {{detail}}</li>{{/notes}}</ul>
{{/has_notes}}
</section>
{{/apps}}
</main>
<footer>Made by assay {{version}}. Verdicts name the evidence they rest on; judge it again with <code>assay replay</code>.</footer>
</body>
</html>
)html";

}  // namespace assay::report
