/** The contract `reverie.v1`: its messages, enums and schemas. */
export * from "./gen/v1.js";
