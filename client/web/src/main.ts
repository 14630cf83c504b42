import "./style/base.css";
import { mount } from "svelte";
import App from "./ui/App.svelte";
import { dress } from "./ui/theme.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the app");
await dress();
mount(App, { target });
