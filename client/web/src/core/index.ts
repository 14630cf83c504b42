/** The protocol's client without network or clock. */
export { Core } from "./core";
export { newID } from "./id";
export * from "./types";
