"""The invented company of the demo: teams, people, OUs and accounts, as plain data.

Both sides read it: the local AWS, to make the organisation, and the portal's demo, to make its own
rows. Nothing here is random; account ids are invented and stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field

COMPANY = "Hoshizora Group"
MAIL_DOMAIN = "hoshizora.example"
EXTERNAL_ID = "hoshizora-portal-demo"
PASSWORD = "hoshizora-demo"  # of everybody in the demo, where nothing is worth stealing
HOME_REGION = "ap-northeast-1"
MANAGEMENT_ID = "100000000001"
VERIFICATION_MANAGEMENT_ID = "200000000001"
STANDALONE_IDS = ("300000000001", "300000000002")


@dataclass(frozen=True, slots=True)
class Team:
    key: str  # "payments"
    name: str
    name_ja: str
    cost_centre: str
    lead: str  # username
    business: str  # the OU under Workloads; empty for teams without workloads of their own there

    @property
    def group(self) -> str:
        """The group of its developers in Identity Center."""
        return f"aws-{self.key}-developers"


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    given_name: str
    family_name: str
    team: str
    roles: tuple[str, ...]  # developer, ccoe, finance, security, auditor, admin
    name_ja: str = ""

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    @property
    def email(self) -> str:
        return f"{self.username}@{MAIL_DOMAIN}"

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups in Identity Center."""
        by_role = {
            "developer": f"aws-{self.team}-developers",
            "ccoe": "ccoe",
            "finance": "finance",
            "security": "security-operations",
            "auditor": "auditors",
        }
        return tuple(by_role[role] for role in self.roles if role in by_role)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    id: str
    name: str
    ou: str  # path below the root, "Workloads/Payments/Production"; empty for the root itself
    team: str
    owner: str  # username
    environment: str  # production, staging, development, sandbox, shared, management
    workload: str
    cost_centre: str
    data_class: str  # public, internal, confidential, restricted
    state: str = "ACTIVE"
    created_on: str = "2022-01-01"
    tags: dict[str, str] = field(default_factory=dict)  # as they stand in AWS, with their mistakes

    @property
    def email(self) -> str:
        return f"aws+{self.name}@{MAIL_DOMAIN}"


TEAMS = (
    Team("payments", "Payments", "決済", "CC-1100", "haruka.sato", "Payments"),
    Team("storefront", "Storefront", "ストア", "CC-1200", "kenji.tanaka", "Storefront"),
    Team("data", "Data", "データ基盤", "CC-1300", "priya.raman", "Data"),
    Team("platform", "Platform", "プラットフォーム", "CC-1400", "takumi.ito", ""),
    Team("mobile", "Mobile", "モバイル", "CC-1210", "sofia.lindqvist", "Storefront"),
    Team("search", "Search", "検索", "CC-1220", "daiki.kobayashi", "Storefront"),
    Team("logistics", "Logistics", "物流", "CC-1500", "yumi.nakamura", "Storefront"),
    Team("corporate-it", "Corporate IT", "社内情報システム", "CC-1900", "hiroshi.yamada", ""),
    Team("research", "Research", "研究開発", "CC-1600", "lucas.moreau", "Data"),
)
TEAM_BY_KEY = {team.key: team for team in TEAMS}
SPECIAL_GROUPS = ("ccoe", "security-operations", "auditors", "finance")
GROUPS = tuple(team.group for team in TEAMS) + SPECIAL_GROUPS

_DEV = ("developer",)
PEOPLE = (
    Person("haruka.sato", "Haruka", "Sato", "payments", _DEV, "佐藤 遥"),
    Person("ren.suzuki", "Ren", "Suzuki", "payments", _DEV, "鈴木 蓮"),
    Person("maria.fernandez", "Maria", "Fernandez", "payments", _DEV),
    Person("sho.takahashi", "Sho", "Takahashi", "payments", _DEV, "高橋 翔"),
    Person("chen.wei", "Wei", "Chen", "payments", _DEV),
    Person("kenji.tanaka", "Kenji", "Tanaka", "storefront", _DEV, "田中 健二"),
    Person("aoi.watanabe", "Aoi", "Watanabe", "storefront", _DEV, "渡辺 葵"),
    Person("oliver.brown", "Oliver", "Brown", "storefront", _DEV),
    Person("mei.kimura", "Mei", "Kimura", "storefront", _DEV, "木村 芽衣"),
    Person("priya.raman", "Priya", "Raman", "data", _DEV),
    Person("yuto.yamamoto", "Yuto", "Yamamoto", "data", _DEV, "山本 悠斗"),
    Person("ingrid.olsen", "Ingrid", "Olsen", "data", _DEV),
    Person("kaito.inoue", "Kaito", "Inoue", "data", _DEV, "井上 海斗"),
    Person("takumi.ito", "Takumi", "Ito", "platform", ("ccoe", "developer"), "伊藤 拓海"),
    Person("akira.mori", "Akira", "Mori", "platform", ("admin",), "森 晶"),
    Person("nadia.haddad", "Nadia", "Haddad", "platform", ("ccoe", "developer")),
    Person("shiori.ogawa", "Shiori", "Ogawa", "platform", ("ccoe",), "小川 詩織"),
    Person("tomas.novak", "Tomas", "Novak", "platform", _DEV),
    Person("sofia.lindqvist", "Sofia", "Lindqvist", "mobile", _DEV),
    Person("riku.matsumoto", "Riku", "Matsumoto", "mobile", _DEV, "松本 陸"),
    Person("emi.hayashi", "Emi", "Hayashi", "mobile", _DEV, "林 絵美"),
    Person("amara.okafor", "Amara", "Okafor", "mobile", _DEV),
    Person("daiki.kobayashi", "Daiki", "Kobayashi", "search", _DEV, "小林 大輝"),
    Person("hana.shimizu", "Hana", "Shimizu", "search", _DEV, "清水 花"),
    Person("jonas.weber", "Jonas", "Weber", "search", _DEV),
    Person("yumi.nakamura", "Yumi", "Nakamura", "logistics", _DEV, "中村 由美"),
    Person("koji.ishikawa", "Koji", "Ishikawa", "logistics", _DEV, "石川 浩二"),
    Person("minh.tran", "Minh", "Tran", "logistics", _DEV),
    Person("hiroshi.yamada", "Hiroshi", "Yamada", "corporate-it", _DEV, "山田 博"),
    Person("naoko.saito", "Naoko", "Saito", "corporate-it", ("finance",), "斎藤 直子"),
    Person("grace.kim", "Grace", "Kim", "corporate-it", ("finance",)),
    Person("mika.abe", "Mika", "Abe", "corporate-it", ("security",), "阿部 美香"),
    Person("daniel.cohen", "Daniel", "Cohen", "corporate-it", ("security",)),
    Person("ryo.fujita", "Ryo", "Fujita", "corporate-it", ("security",), "藤田 亮"),
    Person("eriko.okada", "Eriko", "Okada", "corporate-it", ("auditor",), "岡田 恵理子"),
    Person("james.mwangi", "James", "Mwangi", "corporate-it", ("auditor",)),
    Person("lucas.moreau", "Lucas", "Moreau", "research", _DEV),
    Person("sakura.hasegawa", "Sakura", "Hasegawa", "research", _DEV, "長谷川 さくら"),
    Person("elena.popova", "Elena", "Popova", "research", _DEV),
    Person("tetsuya.goto", "Tetsuya", "Goto", "research", _DEV, "後藤 哲也"),
)
PERSON_BY_USERNAME = {person.username: person for person in PEOPLE}

# Below the root, parents before children.
OUS = (
    "Core",
    "Core/Security",
    "Core/Infrastructure",
    "Workloads",
    "Workloads/Payments",
    "Workloads/Payments/Production",
    "Workloads/Payments/Development",
    "Workloads/Storefront",
    "Workloads/Storefront/Production",
    "Workloads/Storefront/Development",
    "Workloads/Data",
    "Workloads/Data/Production",
    "Workloads/Data/Development",
    "Sandbox",
    "Suspended",
    "Verification",
)
VERIFICATION_OUS = ("Core", "Workloads", "Sandbox", "Quarantine")

P, S, D = "production", "staging", "development"
# team, workload, owner, data class, first day, (environment, account id)…
_WORKLOADS = (
    ("payments", "payment-gateway", "haruka.sato", "restricted", "2022-02-14",
     (P, "418203957264"), (S, "730164829513"), (D, "295718406832")),
    ("payments", "ledger", "ren.suzuki", "restricted", "2022-03-01",
     (P, "861405927318"), (D, "174926380517")),
    ("payments", "fraud-detection", "maria.fernandez", "confidential", "2023-05-10",
     (P, "502839174625"), (D, "639172840516")),
    ("payments", "settlement", "sho.takahashi", "restricted", "2024-01-22",
     (P, "947316028514"), (D, "318640297513")),
    ("storefront", "web-shop", "kenji.tanaka", "confidential", "2022-02-14",
     (P, "584029173648"), (S, "126839405729"), (D, "795102846371")),
    ("storefront", "checkout", "aoi.watanabe", "confidential", "2022-06-20",
     (P, "263917480529"), (D, "408571936204")),
    ("storefront", "campaign-site", "oliver.brown", "public", "2023-09-04",
     (P, "917305826431"), (D, "651840297316")),
    ("mobile", "mobile-api", "sofia.lindqvist", "confidential", "2022-08-08",
     (P, "340918572603"), (S, "829461730528"), (D, "157302984615")),
    ("mobile", "push-notifications", "riku.matsumoto", "internal", "2023-02-13",
     (P, "476813029547"), (D, "702594618305")),
    ("search", "product-search", "daiki.kobayashi", "internal", "2022-11-07",
     (P, "238750196428"), (D, "913046825731")),
    ("search", "recommendations", "hana.shimizu", "confidential", "2024-04-15",
     (P, "685219304872"), (D, "350967218403")),
    ("logistics", "warehouse", "yumi.nakamura", "internal", "2022-09-12",
     (P, "594628130947"), (D, "207813956420")),
    ("logistics", "delivery-tracking", "koji.ishikawa", "confidential", "2023-11-27",
     (P, "831570492638"), (D, "462905718309")),
    ("data", "data-lake", "priya.raman", "restricted", "2022-05-16",
     (P, "719384056271"), (D, "146027395830")),
    ("data", "reporting", "yuto.yamamoto", "internal", "2023-01-16",
     (P, "308459172640"), (D, "957610428375")),
    ("data", "customer-analytics", "ingrid.olsen", "restricted", "2024-06-03",
     (P, "623798145029"), (D, "481350926714")),
    ("research", "demand-forecast", "lucas.moreau", "internal", "2024-02-05",
     (P, "270468359118"), (D, "892713604550")),
    ("research", "image-recognition", "sakura.hasegawa", "internal", "2025-07-14",
     (D, "534081297643"),),
)  # fmt: skip
# team, name, owner, OU, environment, data class, first day, id
_SINGLE = (
    ("platform", "log-archive", "takumi.ito", "Core/Security", "shared", "restricted",
     "2022-01-05", "100000000011"),
    ("platform", "audit", "mika.abe", "Core/Security", "shared", "restricted",
     "2022-01-05", "100000000012"),
    ("platform", "security-tooling", "mika.abe", "Core/Security", "shared", "confidential",
     "2022-04-18", "100000000013"),
    ("platform", "network", "nadia.haddad", "Core/Infrastructure", "shared", "internal",
     "2022-01-05", "100000000014"),
    ("platform", "shared-services", "takumi.ito", "Core/Infrastructure", "shared", "internal",
     "2022-01-05", "100000000015"),
    ("platform", "backup-vault", "takumi.ito", "Core/Infrastructure", "shared", "restricted",
     "2023-03-06", "100000000016"),
    ("platform", "ci-runners", "tomas.novak", "Core/Infrastructure", "shared", "internal",
     "2022-07-04", "753204918625"),
    ("platform", "container-registry", "tomas.novak", "Core/Infrastructure", "shared", "internal",
     "2022-07-04", "184937062518"),
    ("platform", "observability", "nadia.haddad", "Core/Infrastructure", "shared", "internal",
     "2023-06-19", "396150827403"),
    ("corporate-it", "intranet-production", "hiroshi.yamada", "Core/Infrastructure", P,
     "internal", "2022-10-03", "648273019584"),
    ("corporate-it", "intranet-development", "hiroshi.yamada", "Core/Infrastructure", D,
     "internal", "2022-10-03", "512906837412"),
    ("corporate-it", "hr-system-production", "hiroshi.yamada", "Core/Infrastructure", P,
     "restricted", "2024-08-26", "875034912662"),
    ("payments", "sandbox-payments", "chen.wei", "Sandbox", "sandbox", "internal",
     "2024-10-07", "231586904770"),
    ("data", "sandbox-data", "kaito.inoue", "Sandbox", "sandbox", "internal",
     "2024-10-07", "967402153814"),
    ("platform", "sandbox-platform", "tomas.novak", "Sandbox", "sandbox", "internal",
     "2024-10-07", "405821739626"),
    ("mobile", "sandbox-mobile", "emi.hayashi", "Sandbox", "sandbox", "internal",
     "2025-01-20", "782610394582"),
    ("search", "sandbox-search", "jonas.weber", "Sandbox", "sandbox", "internal",
     "2025-01-20", "149075326848"),
    ("research", "sandbox-research", "elena.popova", "Sandbox", "sandbox", "internal",
     "2025-09-01", "618340927501"),
    ("platform", "guardrail-verification-1", "shiori.ogawa", "Verification", "development",
     "internal", "2025-02-03", "100000000021"),
    ("platform", "guardrail-verification-2", "shiori.ogawa", "Verification", "development",
     "internal", "2025-02-03", "100000000022"),
    ("storefront", "campaign-2023", "oliver.brown", "Suspended", P, "public",
     "2023-04-03", "537918206443"),
    ("research", "ledger-experiment", "tetsuya.goto", "Suspended", "sandbox", "internal",
     "2023-10-16", "826051749310"),
)  # fmt: skip
CLOSED = ("campaign-2023", "ledger-experiment")
# What people really wrote: None takes the tag away.
_MISTAKES: dict[str, dict[str, str | None]] = {
    "ledger-development": {"cost-centre": None},
    "campaign-site-production": {"environment": "prod"},
    "campaign-site-development": {"environment": "Dev", "data-class": None},
    "mobile-api-staging": {"owner": None},
    "push-notifications-development": {"team": "Mobile"},
    "recommendations-development": {"cost-centre": "1220"},
    "delivery-tracking-production": {"data-class": None},
    "demand-forecast-development": {"owner": "l.moreau", "cost-centre": None},
    "image-recognition-development": {"team": None, "owner": None},
    "ci-runners": {"workload": None},
    "sandbox-mobile": {"cost-centre": None, "data-class": None},
    "sandbox-research": {"environment": "experiment"},
    "ledger-experiment": {"team": None, "owner": None, "cost-centre": None},
}


def _tags(
    name: str, team: str, owner: str, environment: str, workload: str, data_class: str
) -> dict[str, str]:
    right: dict[str, str | None] = {
        "environment": environment,
        "team": team,
        "owner": owner,
        "cost-centre": TEAM_BY_KEY[team].cost_centre,
        "workload": workload,
        "data-class": data_class,
    }
    written = right | _MISTAKES.get(name, {})
    return {key: value for key, value in written.items() if value is not None}


def _account(
    *,
    id: str,
    name: str,
    ou: str,
    team: str,
    owner: str,
    environment: str,
    workload: str,
    data_class: str,
    created_on: str,
) -> DemoAccount:
    return DemoAccount(
        id=id,
        name=name,
        ou=ou,
        team=team,
        owner=owner,
        environment=environment,
        workload=workload,
        cost_centre=TEAM_BY_KEY[team].cost_centre,
        data_class=data_class,
        state="SUSPENDED" if name in CLOSED else "ACTIVE",
        created_on=created_on,
        tags=_tags(name, team, owner, environment, workload, data_class),
    )


def _workload_accounts() -> list[DemoAccount]:
    found = []
    for team, workload, owner, data_class, created_on, *places in _WORKLOADS:
        for environment, account_id in places:
            stage = "Production" if environment == P else "Development"
            found.append(
                _account(
                    id=account_id,
                    name=f"{workload}-{environment}",
                    ou=f"Workloads/{TEAM_BY_KEY[team].business}/{stage}",
                    team=team,
                    owner=owner,
                    environment=environment,
                    workload=workload,
                    data_class=data_class,
                    created_on=created_on,
                )
            )
    return found


def _single_accounts() -> list[DemoAccount]:
    return [
        _account(
            id=account_id,
            name=name,
            ou=ou,
            team=team,
            owner=owner,
            environment=environment,
            workload=name.removesuffix("-production").removesuffix("-development"),
            data_class=data_class,
            created_on=created_on,
        )
        for team, name, owner, ou, environment, data_class, created_on, account_id in _SINGLE
    ]


MANAGEMENT = _account(
    id=MANAGEMENT_ID,
    name="management",
    ou="",
    team="platform",
    owner="akira.mori",
    environment="management",
    workload="management",
    data_class="restricted",
    created_on="2022-01-01",
)
# The management account first, then in the order of their founding.
ACCOUNTS = (
    MANAGEMENT,
    *sorted(
        [*_single_accounts(), *_workload_accounts()],
        key=lambda account: (account.created_on, account.name),
    ),
)
ACCOUNT_BY_NAME = {account.name: account for account in ACCOUNTS}

# name, OU, id
VERIFICATION_ACCOUNTS = (
    ("verification-log-archive", "Core", "200000000011"),
    ("verification-audit", "Core", "200000000012"),
    ("verification-workload-1", "Workloads", "200000000013"),
    ("verification-workload-2", "Workloads", "200000000014"),
    ("verification-sandbox", "Sandbox", "200000000015"),
)
STANDALONE_ACCOUNTS = (
    ("acquired-hotel-booking", STANDALONE_IDS[0]),
    ("partner-data-exchange", STANDALONE_IDS[1]),
)
