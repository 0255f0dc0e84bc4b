"""Names and codes that widely used lists give to states: every one must find its actor."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from alignindex import sources as readers
from alignindex import states

# Economies as the World Bank names them in its World Development Indicators.
WORLD_BANK = """\
Afghanistan|AFG
Albania|ALB
Algeria|DZA
American Samoa|ASM
Andorra|AND
Angola|AGO
Antigua and Barbuda|ATG
Argentina|ARG
Armenia|ARM
Aruba|ABW
Australia|AUS
Austria|AUT
Azerbaijan|AZE
Bahamas, The|BHS
Bahrain|BHR
Bangladesh|BGD
Barbados|BRB
Belarus|BLR
Belgium|BEL
Belize|BLZ
Benin|BEN
Bermuda|BMU
Bhutan|BTN
Bolivia|BOL
Bosnia and Herzegovina|BIH
Botswana|BWA
Brazil|BRA
British Virgin Islands|VGB
Brunei Darussalam|BRN
Bulgaria|BGR
Burkina Faso|BFA
Burundi|BDI
Cabo Verde|CPV
Cambodia|KHM
Cameroon|CMR
Canada|CAN
Cayman Islands|CYM
Central African Republic|CAF
Chad|TCD
Channel Islands|CHI
Chile|CHL
China|CHN
Colombia|COL
Comoros|COM
Congo, Dem. Rep.|COD
Congo, Rep.|COG
Costa Rica|CRI
Cote d'Ivoire|CIV
Croatia|HRV
Cuba|CUB
Curacao|CUW
Cyprus|CYP
Czechia|CZE
Czech Republic|CZE
Denmark|DNK
Djibouti|DJI
Dominica|DMA
Dominican Republic|DOM
Ecuador|ECU
Egypt, Arab Rep.|EGY
El Salvador|SLV
Equatorial Guinea|GNQ
Eritrea|ERI
Estonia|EST
Eswatini|SWZ
Ethiopia|ETH
Faroe Islands|FRO
Fiji|FJI
Finland|FIN
France|FRA
French Polynesia|PYF
Gabon|GAB
Gambia, The|GMB
Georgia|GEO
Germany|DEU
Ghana|GHA
Gibraltar|GIB
Greece|GRC
Greenland|GRL
Grenada|GRD
Guam|GUM
Guatemala|GTM
Guinea|GIN
Guinea-Bissau|GNB
Guyana|GUY
Haiti|HTI
Honduras|HND
Hong Kong SAR, China|HKG
Hungary|HUN
Iceland|ISL
India|IND
Indonesia|IDN
Iran, Islamic Rep.|IRN
Iraq|IRQ
Ireland|IRL
Isle of Man|IMN
Israel|ISR
Italy|ITA
Jamaica|JAM
Japan|JPN
Jordan|JOR
Kazakhstan|KAZ
Kenya|KEN
Kiribati|KIR
Korea, Dem. People's Rep.|PRK
Korea, Rep.|KOR
Kosovo|XKX
Kuwait|KWT
Kyrgyz Republic|KGZ
Lao PDR|LAO
Latvia|LVA
Lebanon|LBN
Lesotho|LSO
Liberia|LBR
Libya|LBY
Liechtenstein|LIE
Lithuania|LTU
Luxembourg|LUX
Macao SAR, China|MAC
Madagascar|MDG
Malawi|MWI
Malaysia|MYS
Maldives|MDV
Mali|MLI
Malta|MLT
Marshall Islands|MHL
Mauritania|MRT
Mauritius|MUS
Mexico|MEX
Micronesia, Fed. Sts.|FSM
Moldova|MDA
Monaco|MCO
Mongolia|MNG
Montenegro|MNE
Morocco|MAR
Mozambique|MOZ
Myanmar|MMR
Namibia|NAM
Nauru|NRU
Nepal|NPL
Netherlands|NLD
New Caledonia|NCL
New Zealand|NZL
Nicaragua|NIC
Niger|NER
Nigeria|NGA
North Macedonia|MKD
Northern Mariana Islands|MNP
Norway|NOR
Oman|OMN
Pakistan|PAK
Palau|PLW
Panama|PAN
Papua New Guinea|PNG
Paraguay|PRY
Peru|PER
Philippines|PHL
Poland|POL
Portugal|PRT
Puerto Rico|PRI
Puerto Rico (US)|PRI
Qatar|QAT
Romania|ROU
Russian Federation|RUS
Rwanda|RWA
Samoa|WSM
San Marino|SMR
Sao Tome and Principe|STP
Saudi Arabia|SAU
Senegal|SEN
Serbia|SRB
Seychelles|SYC
Sierra Leone|SLE
Singapore|SGP
Sint Maarten (Dutch part)|SXM
Slovak Republic|SVK
Slovenia|SVN
Solomon Islands|SLB
Somalia|SOM
Somalia, Fed. Rep.|SOM
South Africa|ZAF
South Sudan|SSD
Spain|ESP
Sri Lanka|LKA
St. Kitts and Nevis|KNA
St. Lucia|LCA
St. Martin (French part)|MAF
St. Vincent and the Grenadines|VCT
Sudan|SDN
Suriname|SUR
Sweden|SWE
Switzerland|CHE
Syrian Arab Republic|SYR
Tajikistan|TJK
Tanzania|TZA
Thailand|THA
Timor-Leste|TLS
Togo|TGO
Tonga|TON
Trinidad and Tobago|TTO
Tunisia|TUN
Turkiye|TUR
Turkey|TUR
Turkmenistan|TKM
Turks and Caicos Islands|TCA
Tuvalu|TUV
Uganda|UGA
Ukraine|UKR
United Arab Emirates|ARE
United Kingdom|GBR
United States|USA
Uruguay|URY
Uzbekistan|UZB
Vanuatu|VUT
Venezuela, RB|VEN
Viet Nam|VNM
Vietnam|VNM
Virgin Islands (U.S.)|VIR
West Bank and Gaza|PSE
Yemen, Rep.|YEM
Zambia|ZMB
Zimbabwe|ZWE
"""

# Microstates and others of Gleditsch and Ward's list, with the first year of each.
MICROSTATES = {
    54: ("DMA", 1978), 55: ("GRD", 1974), 56: ("LCA", 1979), 57: ("VCT", 1979),
    58: ("ATG", 1981), 60: ("KNA", 1983), 221: ("MCO", 1816), 223: ("LIE", 1816),
    232: ("AND", 1816), 331: ("SMR", 1816), 396: ("XAB", 2008), 397: ("XSO", 2008),
    403: ("STP", 1975), 591: ("SYC", 1976), 935: ("VUT", 1980), 970: ("KIR", 1979),
    971: ("NRU", 1968), 972: ("TON", 1970), 973: ("TUV", 1978), 983: ("MHL", 1986),
    986: ("PLW", 1994), 987: ("FSM", 1986), 990: ("WSM", 1962),
}  # fmt: skip


@pytest.mark.parametrize("line", WORLD_BANK.split("\n")[:-1])
def test_world_bank_names(line: str) -> None:
    name, code = line.split("|")
    assert states.resolve(name, system="name") == code
    assert states.resolve(name, system="name", year=2015) == code


@pytest.mark.parametrize(("number", "actor"), MICROSTATES.items())
def test_gleditsch_ward_microstates(number: int, actor: tuple[str, int]) -> None:
    code, first = actor
    assert states.resolve(number, system="gw", year=first) == code
    assert states.resolve(code, system="iso3", year=2015, to="gw") == number


def test_970_is_kiribati_for_gw_and_nauru_for_cow() -> None:
    assert states.resolve(970, system="gw", year=2010) == "KIR"
    assert states.resolve(970, system="cow", year=2010) == "NRU"


def test_microstates_are_not_in_the_list_of_members() -> None:
    assert "TON" not in set(states.members(2010, system="gw")["iso3"])


@pytest.mark.parametrize(
    ("name", "year", "code"),
    [
        ("YEMEN", 1989, "YEM"), ("YEMEN", 1991, "YEM"), ("YEMEN", 2020, "YEM"),
        ("DEMOCRATIC YEMEN", 1985, "YMD"), ("UNITED REPUBLIC OF CAMEROON", 1980, "CMR"),
        ("PHILIPPINE REPUBLIC", 1946, "PHL"), ("SIAM", 1946, "THA"), ("ZANZIBAR", 1963, "ZAN"),
        ("TÜRKÝYE", 2024, "TUR"), ("CHINA", 1970, "TWN"), ("CHINA", 1972, "CHN"),
    ],
)  # fmt: skip
def test_un_names_of_former_days(name: str, year: int, code: str) -> None:
    assert states.resolve(name, system="un", year=year) == code


def test_russian_federation_without_a_year_is_russia() -> None:
    assert states.resolve("Russian Federation", system="name") == "RUS"


@pytest.mark.slow
@pytest.mark.real
def test_every_name_of_the_votes_file_resolves_in_its_year(sources: Path) -> None:
    path = sources / "unga_2025" / "undl_votes_1946-2025.csv.gz"
    table = pd.read_csv(path, usecols=["undl_id", "ms_name", "date"], dtype=str)
    table["year"] = table["date"].str[:4].astype(int)
    names = table[["ms_name", "year"]].drop_duplicates(ignore_index=True)
    assert len(table) == 917_380
    names["state"] = states.resolve(names["ms_name"], system="un", year=names["year"])
    found = table.merge(names, on=["ms_name", "year"])
    assert not found.duplicated(["undl_id", "state"]).any()
    # Nobody votes who is not a member in that year.
    for year, voters in found.groupby("year")["state"]:
        members = set(states.members(int(year), system="un")["iso3"])
        assert set(voters) <= members, year


@pytest.mark.slow
@pytest.mark.real
def test_the_reader_finds_every_actor(sources: Path) -> None:
    table, info = readers.unga.read_undl(sources / "unga_2025" / "undl_votes_1946-2025.csv.gz")
    assert table["state"].notna().all()
    assert not [note for note in info.notes if "actors" in note]
