/** Language and theme as this person wants them, else as their browser does; kept on <html> for style and screen readers. */
import { createSubscriber } from "svelte/reactivity";
import { prefs } from "../net";
import { type Language, preferred, setLanguage } from "../words";

const dark = matchMedia("(prefers-color-scheme: dark)");

const follow = createSubscriber((update) => {
  const stop = prefs.subscribe(update);
  dark.addEventListener("change", update);
  return () => {
    stop();
    dark.removeEventListener("change", update);
  };
});

function resolved(): "light" | "dark" {
  const choice = prefs.get().theme;
  return choice === "system" ? (dark.matches ? "dark" : "light") : choice;
}

export const theme = {
  /** what is shown now */
  get current(): "light" | "dark" {
    follow();
    return resolved();
  },
  get choice(): "system" | "light" | "dark" {
    follow();
    return prefs.get().theme;
  },
  choose(choice: "system" | "light" | "dark"): void {
    prefs.set({ theme: choice });
  },
};

export function chooseLanguage(to: Language): void {
  prefs.set({ language: to });
}

/** Makes the page look and speak as wanted, now and whenever that changes. Resolves when its words are there. */
export async function dress(): Promise<void> {
  const speak = async () => {
    const language = prefs.get().language ?? preferred(navigator.languages);
    await setLanguage(language);
    document.documentElement.lang = language;
  };
  const put = () => {
    document.documentElement.dataset.theme = resolved();
  };
  prefs.subscribe(() => {
    put();
    void speak();
  });
  dark.addEventListener("change", put);
  put();
  await speak();
}
