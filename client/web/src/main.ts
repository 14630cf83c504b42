import "./style/base.css";
import { mount } from "svelte";
import App from "./ui/App.svelte";
import { arriveEarly } from "./ui/join/arrive";
import { router } from "./ui/router.svelte";
import { dress } from "./ui/theme.svelte";

const target = document.getElementById("app");
if (!target) throw new Error("the page has no place for the app");
const { route } = router;
if (route.page === "board") arriveEarly(route.board, route.secret);
await dress();
mount(App, { target });
