// Validates the SARIF log on standard input against the published 2.1.0 schema; prints what is wrong and exits with 1.
const Ajv = require("ajv");

const schema = require("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
const log = JSON.parse(require("fs").readFileSync(0, "utf8"));
const ajv = new Ajv({ schemaId: "id", allErrors: true, unknownFormats: "ignore" });
ajv.addMetaSchema(require("ajv/lib/refs/json-schema-draft-04.json"));
if (!ajv.validate(schema, log)) {
  console.log(ajv.errorsText(ajv.errors, { separator: "\n" }));
  process.exit(1);
}
