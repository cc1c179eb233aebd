// An OpenID provider on loopback, from the certified oidc-provider package: node provider.js PORT REDIRECT_URI
// Signs anybody in by the name that they type; "admin" is in the group "admins". POST /test/rotate changes its keys.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const [port, redirectUri] = [Number(process.argv[2]), process.argv[3]];
const issuer = `http://127.0.0.1:${port}`;

function freshKeys() {
  const name = randomBytes(4).toString("hex");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { keys: [{ ...privateKey.export({ format: "jwk" }), kid: name, use: "sig", alg: "RS256" }] };
}

function makeProvider() {
  const provider = new Provider(issuer, {
    jwks: freshKeys(),
    clients: [{ client_id: "assay", client_secret: "a secret: with signs", redirect_uris: [redirectUri], application_type: "native" }],
    cookies: { keys: ["test"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, name: `The ${id}`, groups: id === "admin" ? ["admins"] : ["others"] }),
    }),
  });
  return provider.callback();
}

let callback = makeProvider();
createServer((request, response) => {
  if (request.method === "POST" && request.url === "/test/rotate") {
    callback = makeProvider();
    response.end();
    return;
  }
  callback(request, response);
}).listen(port, "127.0.0.1", () => console.log("ready"));
