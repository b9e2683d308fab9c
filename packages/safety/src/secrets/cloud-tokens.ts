import type { TokenFormat } from "./token-rule.ts";

/**
 * Tokens of clouds, code hosts, package registries and delivery tools. Formats as their issuers publish them; which issuers
 * are worth a rule was learned from the rules of gitleaks (MIT).
 */
export const cloudTokens: readonly TokenFormat[] = [
  // Clouds
  {
    id: "aws-access-key",
    keywords: ["akia", "asia", "abia", "acca", "a3t"],
    pattern: "(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}",
    accepts: (token) => !token.endsWith("EXAMPLE") && /^AKIA|\d/.test(token),
  },
  { id: "aws-bedrock-key", keywords: ["absk"], pattern: "ABSK[A-Za-z0-9+/]{100,300}={0,2}" },
  { id: "aws-bedrock-key", keywords: ["bedrock-api-key-"], pattern: "bedrock-api-key-[A-Za-z0-9+/_=-]{20,2000}" },
  { id: "alibaba-access-key", keywords: ["ltai"], pattern: "LTAI[A-Za-z0-9]{12,26}" },
  {
    id: "azure-client-secret",
    keywords: ["q~"],
    before: 4,
    pattern: String.raw`(?<![\w~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}(?![\w~-])`,
  },
  { id: "azure-sas", keywords: ["sig="], pattern: "sig=[A-Za-z0-9%+/_-]{40,120}(?:=|%3[dD]){0,2}", entropy: 3.5 },
  { id: "cloudflare-origin-ca-key", keywords: ["v1.0-"], pattern: String.raw`v1\.0-[a-f0-9]{24}-[a-f0-9]{146}` },
  { id: "digitalocean-token", keywords: ["doo_v1_", "dop_v1_", "dor_v1_"], pattern: "do[opr]_v1_[a-fA-F0-9]{64}" },
  {
    id: "doppler-token",
    keywords: ["dp.pt.", "dp.st.", "dp.ct.", "dp.sa."],
    pattern: String.raw`dp\.(?:pt|st|ct|sa)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}`,
  },
  { id: "flyio-token", keywords: ["fo1_"], pattern: String.raw`fo1_[\w-]{43}(?!-)`, entropy: 4 },
  {
    id: "flyio-token",
    keywords: ["fm1a_", "fm1r_", "fm2_"],
    pattern: "fm(?:1[ar]|2)_[A-Za-z0-9+/]{100,2000}={0,3}",
    entropy: 4,
  },
  { id: "google-oauth-secret", keywords: ["gocspx-"], pattern: String.raw`GOCSPX-[\w-]{28}` },
  { id: "google-oauth-token", keywords: ["ya29."], pattern: String.raw`ya29\.[\w-]{30,1024}` },
  { id: "heroku-key", keywords: ["hrku-aa"], pattern: String.raw`HRKU-AA[\w-]{58}` },
  {
    id: "planetscale-token",
    keywords: ["pscale_tkn_", "pscale_oauth_", "pscale_pw_"],
    pattern: String.raw`pscale_(?:tkn|oauth|pw)_[\w=.-]{32,64}`,
  },
  { id: "scalingo-token", keywords: ["tk-us-", "tk-eu-"], pattern: String.raw`tk-(?:us|eu)-[\w-]{48}` },
  {
    id: "supabase-key",
    keywords: ["sbp_", "sb_secret_"],
    pattern: String.raw`(?:sbp_(?:v0_|oauth_)?[a-f0-9]{40}|sb_secret_[\w-]{31})`,
  },
  {
    id: "vercel-token",
    keywords: ["vcp_", "vci_", "vca_", "vcr_", "vck_"],
    pattern: "vc[piark]_[A-Za-z0-9]{24,60}",
    entropy: 3.5,
  },
  { id: "yandex-key", keywords: ["aqvn"], pattern: String.raw`AQVN[\w-]{35,38}`, entropy: 3.5 },

  // Code hosts and registries
  { id: "atlassian-token", keywords: ["atatt3", "atctt3"], pattern: String.raw`AT[AC]TT3[\w=-]{60,220}`, entropy: 3.5 },
  { id: "bitbucket-app-password", keywords: ["atbb"], pattern: "ATBB[A-Za-z0-9]{32}" },
  { id: "clojars-token", keywords: ["clojars_"], pattern: "(?:clojars|CLOJARS)_[A-Za-z0-9]{60}" },
  { id: "docker-token", keywords: ["dckr_pat_", "dckr_oat_"], pattern: String.raw`dckr_[po]at_[\w-]{20,60}` },
  { id: "github-fine-grained-token", keywords: ["github_pat_"], pattern: String.raw`github_pat_\w{82}` },
  { id: "github-token", keywords: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], pattern: "gh[pousr]_[A-Za-z0-9]{36,76}" },
  {
    id: "gitlab-token",
    keywords: [
      "glpat-",
      "gldt-",
      "glft-",
      "glrt-",
      "glrtr-",
      "glsoat-",
      "glffct-",
      "glimt-",
      "glagent-",
      "gloas-",
      "glcbt-",
    ],
    pattern: String.raw`gl(?:pat|dt|ft|rt|rtr|soat|ffct|imt|agent|oas|cbt)-[\w-]{20,300}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7})?`,
    entropy: 3.2,
  },
  { id: "gitlab-trigger-token", keywords: ["glptt-"], pattern: "glptt-[a-f0-9]{40}" },
  {
    id: "gitlab-runner-registration-token",
    keywords: ["gr1348941"],
    pattern: String.raw`GR1348941[\w-]{20}(?!-)`,
    entropy: 3.2,
  },
  { id: "gitlab-session", keywords: ["_gitlab_session="], pattern: "_gitlab_session=[0-9a-z]{32}" },
  { id: "artifactory-key", keywords: ["akcp"], pattern: "AKCp[A-Za-z0-9]{60,75}", entropy: 4.3 },
  { id: "artifactory-reference-token", keywords: ["cmvmd"], pattern: "cmVmd[A-Za-z0-9]{59}", entropy: 4.3 },
  { id: "npm-token", keywords: ["npm_"], pattern: "npm_[A-Za-z0-9]{36}" },
  { id: "nuget-key", keywords: ["oy2"], pattern: "oy2[a-z0-9]{43}", entropy: 3.5 },
  {
    id: "pypi-token",
    keywords: ["pypi-ageichlwas5vcmc", "pypi-agenddrxrlfnsi"],
    pattern: String.raw`pypi-AgE[\w-]{50,1000}`,
  },
  { id: "rubygems-token", keywords: ["rubygems_"], pattern: "rubygems_[a-f0-9]{48}" },
  { id: "sourcegraph-token", keywords: ["sgp_"], pattern: "sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40}" },

  // Delivery and secrets
  {
    id: "1password-secret-key",
    keywords: ["a3-"],
    pattern: "A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}",
    entropy: 3.5,
  },
  { id: "1password-service-token", keywords: ["ops_eyj"], pattern: "ops_eyJ[A-Za-z0-9+/]{200,2000}={0,3}", entropy: 4 },
  { id: "age-secret-key", keywords: ["age-secret-key-1"], pattern: "AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}" },
  { id: "buildkite-token", keywords: ["bkua_"], pattern: "bkua_[a-f0-9]{40}" },
  { id: "circleci-token", keywords: ["ccipat_"], pattern: "CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}" },
  { id: "databricks-token", keywords: ["dapi"], pattern: String.raw`dapi[a-f0-9]{32}(?:-\d)?` },
  { id: "defined-networking-token", keywords: ["dnkey-"], pattern: String.raw`dnkey-[\w=-]{26}-[\w=-]{52}` },
  {
    id: "harness-key",
    keywords: ["pat.", "sat."],
    pattern: String.raw`[ps]at\.[\w-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}`,
    entropy: 3.5,
  },
  { id: "infracost-token", keywords: ["ico-"], pattern: "ico-[A-Za-z0-9]{32}" },
  {
    id: "octopus-key",
    keywords: ["api-"],
    pattern: String.raw`(?<!-)API-[A-Z0-9]{25,30}`,
    accepts: (token) => /\d.*\d/.test(token),
  },
  { id: "prefect-token", keywords: ["pnu_", "pnb_"], pattern: "pn[ub]_[A-Za-z0-9]{36}" },
  { id: "pulumi-token", keywords: ["pul-"], pattern: "pul-[a-f0-9]{40}" },
  {
    id: "terraform-token",
    keywords: [".atlasv1."],
    before: 14,
    pattern: String.raw`[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70}`,
    entropy: 3.5,
  },
  { id: "vault-token", keywords: ["hvs.", "hvb.", "hvr."], pattern: String.raw`hv[sbr]\.[\w-]{24,300}`, entropy: 3.5 },
  {
    id: "vault-legacy-token",
    keywords: ["s."],
    pattern: String.raw`(?<![.-])s\.[A-Za-z0-9]{24}(?![.(-])`,
    entropy: 3.5,
    accepts: (token) => /[A-Za-z]\d.*[A-Za-z]\d/.test(token),
  },
];
