// The page's requests to the server.
import { page } from "./dom.js";

let channel = "";

// Every request names the page's channel once it has one.
export function useChannel(name) {
  channel = name;
}

export const isOwn = (name) => name === channel;

export async function settings() {
  const response = await fetch("/api/settings");
  if (!response.ok) throw new Error(`settings: ${response.status}`);
  return (await response.json()).tchannelData;
}

export async function query(queryName, variables, files = []) {
  const json = JSON.stringify({ queryName, variables, extensions: { hash: page.hashes[queryName] } });
  const sent = await headers(queryName, json);
  const response = await (files.length ? upload(json, sent, files) : post(json, sent));
  if (!response.ok) throw new Error(`${queryName}: ${response.status}`);
  return response.json();
}

function post(body, headers) {
  return fetch("/api/gql_POST", { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body });
}

function upload(json, headers, files) {
  const body = new FormData();
  body.append("queryInfo", json);
  files.forEach((file, at) => body.append(`file${at}`, file));
  return fetch("/api/gql_upload_POST", { method: "POST", headers, body });
}

export function telemetry(event) {
  return fetch("/api/receive_POST", { method: "POST", body: JSON.stringify([{ category: event }]) }).catch(() => {});
}

async function headers(queryName, body) {
  return {
    "poe-formkey": page.formKey,
    "poe-tchannel": channel,
    "poe-tag-id": await tag(body),
    "poe-queryname": queryName,
    "poe-revision": "sandbox",
  };
}

// The real tag is an MD5 of body, form key and a salt; browsers have no MD5, and nothing checks it here.
async function tag(body) {
  const bytes = new TextEncoder().encode(body + page.formKey);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...digest.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function nonce() {
  const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => letters[byte % letters.length]).join("");
}
