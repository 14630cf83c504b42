import { t } from "../lang.svelte";

/** What is wrong with the form, said in its place. */
export interface Slips {
  name?: string;
  group?: string;
  password?: string;
}

/** What a person must still fill in. The server has the last word on names and passwords. */
export function checked(form: {
  name: string;
  group: string | undefined;
  groups: number;
  password: string;
  passwordAsked: boolean;
}): Slips {
  return {
    ...(form.name.trim() === "" && { name: t("join.nameNeeded") }),
    ...(form.groups > 0 && form.group === undefined && { group: t("join.groupNeeded") }),
    ...(form.passwordAsked && form.password === "" && { password: t("join.passwordNeeded") }),
  };
}
