"""Small invented files in the layouts of COW, ATOP, the exercise sets and troopdata."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd

from alignindex.sources import atop, cow, exercises, troops

ALLIANCES = """version4id,ccode1,state_name1,ccode2,state_name2,dyad_st_year,dyad_end_year,\
left_censor,right_censor,defense,neutrality,nonaggression,entente,year,version
1,371,Armenia,365,Russia,1995,,0,1,1,0,1,1,1995,4.1
1,365,Russia,371,Armenia,1995,,0,1,1,0,1,1,1995,4.1
2,371,Armenia,365,Russia,1992,,0,1,0,0,0,1,1995,4.1
2,365,Russia,371,Armenia,1992,,0,1,0,0,0,1,1995,4.1
3,260,"Germany, West",220,France,1963,,0,1,0,0,1,1,1980,4.1
3,220,France,260,"Germany, West",1963,,0,1,0,0,1,1,1980,4.1
"""
STATES = """stateabb,ccode,statenme,styear,stmonth,stday,endyear,endmonth,endday,version,,,,,,,,,,,
ARM,371,Armenia,1991,12,21,2016,12,31,2016,,,,,,,,,,,
CUB,40,Cuba,1902,5,20,1906,9,25,2016,,,,,,,,,,,
CUB,40,Cuba,1909,1,23,2016,12,31,2016,,,,,,,,,,,
GDR,265,German Democratic Republic,1954,3,25,1990,10,2,2016,,,,,,,,,,,
"""
COUNTRY_CODES = """StateAbb,CCode,StateNme
ARM,371,Armenia
CUB,40,Cuba
CUB,40,Cuba
RUS,365,Russia
"""
NMC = """stateabb,ccode,year,milex,milper,irst,pec,tpop,upop,cinc,version
ARM,371,1992,-9,20,0,5000,3600,1100,0.0004,2021
RUS,365,1980,201000,3900,148000,1140000,265000.5,150000,0.17,2021
RUS,365,1992,50000,1900,67000,1100000,148700,-9,0.09,2021
GDR,265,1988,14000,-9,8000,130000,16600,3000,0.012,2021
"""
DIRECTED = """ddyad,year,atopally,defense,offense,neutral,nonagg,consul,atopid1,stateA,stateB,\
version
371365,1995,1,1,0,0,1,1,1234,371,365,5.1
365371,1995,1,1,0,0,1,1,1234,365,371,5.1
365371,1997,1,1,0,0,1,1,1234,365,371,5.1
220365,1935,1,1,0,1,0,0,77,220,365,5.1
"""
R_DYADS = """ccode1,ccode2,year,atop_defense,atop_offense,atop_neutral,atop_nonagg,atop_consul
371.0,365.0,1995.0,1.0,0.0,0.0,1.0,1.0
365.0,371.0,1995.0,1.0,0.0,0.0,1.0,1.0
"""
STATE_YEARS = """state,year,atopally,defense,offense,neutral,nonagg,consul,number,transyr,atopid1,\
atopid2,version
371,1995,1,1,0,0,1,1,2,1,1234,1235,5.1
371,1996,1,1,0,0,1,1,1,0,1234,,5.1
365,1995,1,1,0,1,1,1,2,0,1234,1300,5.1
"""
MME = """MMEID,Ex_Name,Series_Name,Location,lat,lon,StartDate,s.year,s.month,s.day,EndDate,e.year,\
e.month,e.day,CPX,Air,Land,Sea,FocusDescription,StateA,StateB,StateC,StateD\r
mme1,First 85,First,Baltic,55.1,20.5,1/14/85,1985,1,14,1/21/85,1985,1,21,0,0,0,1,"war, at sea",\
Poland,Russia,,\r
mme2,-9,,-9,,,1995-07-xx,1995,7,xx,1995-08-xx,1995,8,xx,1,0,1,0,,Ukraine,United States,-9,\r
mme2,Third 05,,Volga,52.0,47.0,12/30/05,2005,12,30,1/2/06,2006,1,2,0,1,1,0,“quoted”,\
Armenia,Russia,Armenia,Atlantis\r
"""
JME = """Coder,Timestamp,,Exercise Name,Location1,Location2,Start Date,s.year,s.month,s.day,\
enddate,e.year,e.month,e.day,JME Type,Source(s),State A,State B,State C,AUS
Ann,7/11/2012 19:31,77,First 74,Gulf,-9,11/xx/1974,1974,11,xx,11/30/1974,1974,11,30,FTX,a.txt,\
USA,TUR,PAK,0
Ann,7/12/2012 19:31,,-9,Baltic,,3/26/1984,1984,3,26,xx/xx/1984,1984,xx,xx,,b.txt,DDR,POL,RUS,0
Bob,7/13/2012 19:31,79,Third 06,,,09/19/2006,,,,,,,,CPX,c.txt,uSA,ROM,8 NATO members,
Bob,7/13/2012 19:40,80,Lost,,,,,,,,,,,CPX,c.txt,USA,GBR,,
"""
EVENTS_LIST = """number;name;begins;ends;parties
1;First;2012-09-15;2012-09-19;Armenia, Russia, Kazakhstan
2;Second;2013;;Armenia, USA
3;Third;2014-05;2015-01;Georgia, Türkiye, -9
"""
EVENTS_LONG = """event,year,country
A,2012,ARM
A,2012,RUS
B,2013,USA
B,2013,ARM
B,2013,GEO
"""
EVENTS_COLUMNS = """id,start,a,b,c
1,2012-09-15,371,365,
2,2013-01-01,2,371,372
"""
TROOPS = """countryname,year,ccode,iso3c,region,troops_ad,army_ad,navy_ad,air_force_ad,\
marine_corps_ad,total_civilian
Aden,1951,1029,NA,Middle East,0,0,0,0,0,0
Turkey,2019,640,TUR,Europe,1714,149,10,1500,55,300
Czechia,2013,316,CZE,Europe,17,5,1,5,6,0
Czech Republic,2013,316,CZE,Europe,0,0,0,0,-1,0
"""
QUARTERS = """ccode,iso3c,countryname,year,month,quarter,source,troops_ad,army_ad
640,TUR,Turkey,2022,December,4,NA,0,NA
640,TUR,Turkey,2022,June,2,June 2022,3446,306
640,TUR,Turkey,2022,March,1,March 2022,3418,316
1010,MNE,Montenegro,2022,June,2,June 2022,5,1
"""
BASES = """countryname,ccode,iso3c,basename,lat,lon,base,lilypad,fundedsite
Turkey,640,TUR,"Somewhere AB, Adana",37.0,35.4,1,0,0
Chile,155,CHL,Concón,-32.9,-71.4,0,0,1
Kosovo,347,KSV,Camp,,,1,0,0
"""

read_list = partial(
    exercises.read_events, start="begins", end="ends", name="name", participants="parties",
    separator=",", id="number",
)  # fmt: skip
read_long = partial(exercises.read_events, start="year", participants="country", id="event")
read_columns = partial(
    exercises.read_events, start="start", participants=["a", "b", "c"], system="cow"
)

read_june = partial(troops.read_troopdata, month="June")
read_means = partial(troops.read_troopdata, aggregate="mean")


def stata(text: str) -> bytes:
    """The same table as a Stata file."""
    out = io.BytesIO()
    # A fixed time: the seeds are the same in every run.
    made = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC).replace(tzinfo=None)
    pd.read_csv(io.StringIO(text)).to_stata(out, write_index=False, time_stamp=made)
    return out.getvalue()


READERS: dict[str, tuple[Callable[[Any], Any], list[str | bytes]]] = {
    "cow.read_alliances": (cow.read_alliances, [ALLIANCES]),
    "cow.read_states": (cow.read_states, [STATES, COUNTRY_CODES]),
    "cow.read_nmc": (cow.read_nmc, [NMC]),
    "atop.read_directed_dyads": (atop.read_directed_dyads, [DIRECTED, R_DYADS]),
    "atop.read_state_years": (atop.read_state_years, [STATE_YEARS]),
    "exercises.read_mme": (exercises.read_mme, [MME]),
    "exercises.read_jme": (exercises.read_jme, [JME]),
    "exercises.read_events: list": (read_list, [EVENTS_LIST]),
    "exercises.read_events: long": (read_long, [EVENTS_LONG]),
    "exercises.read_events: columns": (read_columns, [EVENTS_COLUMNS]),
    "troops.read_troopdata": (troops.read_troopdata, [TROOPS]),
    "troops.read_troopdata: month": (read_june, [QUARTERS]),
    "troops.read_troopdata: aggregate": (read_means, [QUARTERS]),
    "troops.read_bases": (troops.read_bases, [BASES]),
    "atop.read_state_years: Stata": (atop.read_state_years, [stata(STATE_YEARS)]),
}
REAL = {
    "cow.read_states": ["cow/states2016.csv", "cow/COW country codes.csv"],
    "cow.read_nmc": ["cow/NMC-60-abridged.csv"],
    "atop.read_directed_dyads": ["atop/peacesciencer_atop_alliance.csv"],
    "atop.read_state_years": ["atop/atop5_1sy.csv"],
    "exercises.read_mme": ["mme/mme_v7.csv"],
    "troops.read_troopdata": ["troopdata/troopdata-rebuild-country-year.csv"],
    "troops.read_bases": ["troopdata/basedata.csv"],
}
