import { useEffect } from "preact/hooks";
import { Icon } from "../parts/icon";

/** Shown when the server does not know who is asking. Signing in happens at the organisation's identity provider. */
export function SignIn() {
  useEffect(() => {
    document.title = "Sign in · Assay";
  }, []);
  const back = location.pathname + location.search;
  return (
    <main class="alone">
      <div class="sign-in card">
        <Icon name="check" class="logo" />
        <h1>Assay</h1>
        <p class="muted">Whether the apps of the marketplace meet their security requirements, and how we know.</p>
        <a class="button primary" href={`/auth/login?return_to=${encodeURIComponent(back)}`}>
          Sign in
        </a>
        <p class="muted small">
          You are sent to your organisation's sign-in page and back. On a server that was just set up, open the link
          that it printed when it started.
        </p>
      </div>
    </main>
  );
}
