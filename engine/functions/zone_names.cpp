#include "engine/functions/zone_names.h"

#include <algorithm>
#include <string>

#include "engine/base/text.h"

namespace millrace::functions {
namespace {

constexpr ZoneText kZones[] = {
    {" America/New_York America/Detroit America/Toronto America/Montreal America/Nassau "
     "America/Indiana/Indianapolis America/Jamaica America/Panama America/Port-au-Prince "
     "America/Cancun US/Eastern EST5EDT ",
     "Eastern Standard Time", "Eastern Daylight Time", "Eastern Time", "EST", "EDT", "ET"},
    {" America/Chicago America/Winnipeg America/Mexico_City America/Costa_Rica America/Guatemala "
     "America/El_Salvador America/Managua America/Tegucigalpa America/Regina US/Central CST6CDT ",
     "Central Standard Time", "Central Daylight Time", "Central Time", "CST", "CDT", "CT"},
    {" America/Denver America/Edmonton America/Boise America/Phoenix US/Mountain US/Arizona "
     "MST7MDT ",
     "Mountain Standard Time", "Mountain Daylight Time", "Mountain Time", "MST", "MDT", "MT"},
    {" America/Los_Angeles America/Vancouver America/Tijuana US/Pacific PST8PDT ",
     "Pacific Standard Time", "Pacific Daylight Time", "Pacific Time", "PST", "PDT", "PT"},
    {" America/Anchorage America/Juneau America/Sitka America/Nome US/Alaska ",
     "Alaska Standard Time", "Alaska Daylight Time", "Alaska Time", "AKST", "AKDT", "AKT"},
    {" America/Halifax America/Puerto_Rico America/Santo_Domingo America/Barbados "
     "America/Martinique America/Port_of_Spain Atlantic/Bermuda Canada/Atlantic ",
     "Atlantic Standard Time", "Atlantic Daylight Time", "Atlantic Time", "AST", "ADT", "AT"},
    {" America/St_Johns Canada/Newfoundland ", "Newfoundland Standard Time",
     "Newfoundland Daylight Time", "Newfoundland Time", "NST", "NDT", "NT"},
    {" Pacific/Honolulu US/Hawaii ", "Hawaii-Aleutian Standard Time",
     "Hawaii-Aleutian Daylight Time", "Hawaii-Aleutian Time", "HST", "HDT", "HST"},
    {" Europe/Paris Europe/Berlin Europe/Madrid Europe/Rome Europe/Vienna Europe/Zurich "
     "Europe/Amsterdam Europe/Brussels Europe/Stockholm Europe/Oslo Europe/Copenhagen "
     "Europe/Prague Europe/Warsaw Europe/Budapest Europe/Belgrade Europe/Zagreb Europe/Ljubljana "
     "Europe/Bratislava Europe/Luxembourg Europe/Malta Europe/Monaco Europe/Andorra Europe/Tirane "
     "Europe/Sarajevo Europe/Skopje Africa/Tunis Africa/Algiers CET MET ",
     "Central European Standard Time", "Central European Summer Time", "Central European Time",
     "CET", "CEST", "CET"},
    {" Europe/Athens Europe/Helsinki Europe/Bucharest Europe/Sofia Europe/Kiev Europe/Kyiv "
     "Europe/Riga Europe/Tallinn Europe/Vilnius Europe/Chisinau Asia/Nicosia Asia/Beirut "
     "Africa/Cairo EET ",
     "Eastern European Standard Time", "Eastern European Summer Time", "Eastern European Time",
     "EET", "EEST", "EET"},
    {" Europe/Lisbon Atlantic/Madeira Atlantic/Canary Atlantic/Faroe WET ",
     "Western European Standard Time", "Western European Summer Time", "Western European Time",
     "WET", "WEST", "WET"},
    {" Europe/London Europe/Belfast Europe/Jersey Europe/Guernsey Europe/Isle_of_Man GB ",
     "Greenwich Mean Time", "British Summer Time", "British Time", "GMT", "BST", "BT"},
    {" GMT Etc/GMT Africa/Abidjan Africa/Accra Africa/Dakar Atlantic/Reykjavik ",
     "Greenwich Mean Time", "Greenwich Mean Time", "Greenwich Mean Time", "GMT", "GMT", "GMT"},
    {" UTC Etc/UTC Etc/UCT UCT Zulu ", "Coordinated Universal Time", "Coordinated Universal Time",
     "Coordinated Universal Time", "UTC", "UTC", "UTC"},
    {" Europe/Moscow Europe/Minsk Europe/Simferopol ", "Moscow Standard Time", "Moscow Summer Time",
     "Moscow Time", "MSK", "MSD", "MT"},
    {" Europe/Istanbul Turkey ", "Turkey Time", "Turkey Time", "Turkey Time", "TRT", "TRT", "TRT"},
    {" Europe/Samara ", "Samara Standard Time", "Samara Summer Time", "Samara Time", "SAMT",
     "SAMST", "SAMT"},
    {" Asia/Yekaterinburg ", "Yekaterinburg Standard Time", "Yekaterinburg Summer Time",
     "Yekaterinburg Time", "YEKT", "YEKST", "YEKT"},
    {" Asia/Omsk ", "Omsk Standard Time", "Omsk Summer Time", "Omsk Time", "OMST", "OMSST", "OMST"},
    {" Asia/Novosibirsk ", "Novosibirsk Standard Time", "Novosibirsk Summer Time",
     "Novosibirsk Time", "NOVT", "NOVST", "NOVT"},
    {" Asia/Krasnoyarsk ", "Krasnoyarsk Standard Time", "Krasnoyarsk Summer Time",
     "Krasnoyarsk Time", "KRAT", "KRAST", "KRAT"},
    {" Asia/Irkutsk ", "Irkutsk Standard Time", "Irkutsk Summer Time", "Irkutsk Time", "IRKT",
     "IRKST", "IRKT"},
    {" Asia/Yakutsk ", "Yakutsk Standard Time", "Yakutsk Summer Time", "Yakutsk Time", "YAKT",
     "YAKST", "YAKT"},
    {" Asia/Vladivostok ", "Vladivostok Standard Time", "Vladivostok Summer Time",
     "Vladivostok Time", "VLAT", "VLAST", "VLAT"},
    {" Asia/Magadan ", "Magadan Standard Time", "Magadan Summer Time", "Magadan Time", "MAGT",
     "MAGST", "MAGT"},
    {" Asia/Kolkata Asia/Calcutta Asia/Colombo ", "India Standard Time", "India Daylight Time",
     "India Time", "IST", "IDT", "IT"},
    {" Asia/Kathmandu Asia/Katmandu ", "Nepal Time", "Nepal Summer Time", "Nepal Time", "NPT",
     "NPST", "NPT"},
    {" Asia/Karachi ", "Pakistan Standard Time", "Pakistan Summer Time", "Pakistan Time", "PKT",
     "PKST", "PKT"},
    {" Asia/Dhaka ", "Bangladesh Standard Time", "Bangladesh Summer Time", "Bangladesh Time", "BDT",
     "BDST", "BDT"},
    {" Asia/Kabul ", "Afghanistan Time", "Afghanistan Summer Time", "Afghanistan Time", "AFT",
     "AFST", "AFT"},
    {" Asia/Tashkent Asia/Samarkand ", "Uzbekistan Standard Time", "Uzbekistan Summer Time",
     "Uzbekistan Time", "UZT", "UZST", "UZT"},
    {" Asia/Tehran Iran ", "Iran Standard Time", "Iran Daylight Time", "Iran Time", "IRST", "IRDT",
     "IRT"},
    {" Asia/Dubai Asia/Muscat ", "Gulf Standard Time", "Gulf Daylight Time", "Gulf Time", "GST",
     "GDT", "GT"},
    {" Asia/Riyadh Asia/Baghdad Asia/Kuwait Asia/Qatar Asia/Bahrain Asia/Aden ",
     "Arabian Standard Time", "Arabian Daylight Time", "Arabian Time", "AST", "ADT", "AT"},
    {" Asia/Jerusalem Asia/Tel_Aviv Israel ", "Israel Standard Time", "Israel Daylight Time",
     "Israel Time", "IST", "IDT", "IT"},
    {" Asia/Tbilisi ", "Georgia Standard Time", "Georgia Summer Time", "Georgia Time", "GET",
     "GEST", "GET"},
    {" Asia/Yerevan ", "Armenia Standard Time", "Armenia Summer Time", "Armenia Time", "AMT",
     "AMST", "AMT"},
    {" Asia/Baku ", "Azerbaijan Standard Time", "Azerbaijan Summer Time", "Azerbaijan Time", "AZT",
     "AZST", "AZT"},
    {" Asia/Yangon Asia/Rangoon ", "Myanmar Time", "Myanmar Summer Time", "Myanmar Time", "MMT",
     "MMST", "MMT"},
    {" Asia/Bangkok Asia/Ho_Chi_Minh Asia/Saigon Asia/Phnom_Penh Asia/Vientiane ", "Indochina Time",
     "Indochina Summer Time", "Indochina Time", "ICT", "ICST", "ICT"},
    {" Asia/Jakarta Asia/Pontianak ", "Western Indonesia Time", "West Indonesia Summer Time",
     "Western Indonesia Time", "WIB", "WIST", "WIB"},
    {" Asia/Makassar ", "Central Indonesia Time", "Central Indonesia Summer Time",
     "Central Indonesia Time", "WITA", "CIST", "WITA"},
    {" Asia/Jayapura ", "Eastern Indonesia Time", "East Indonesia Summer Time",
     "Eastern Indonesia Time", "WIT", "EIST", "WIT"},
    {" Asia/Singapore Singapore ", "Singapore Standard Time", "Singapore Daylight Time",
     "Singapore Time", "SGT", "SGDT", "SGT"},
    {" Asia/Kuala_Lumpur Asia/Kuching ", "Malaysia Time", "Malaysia Summer Time", "Malaysia Time",
     "MYT", "MYST", "MYT"},
    {" Asia/Manila ", "Philippine Standard Time", "Philippine Summer Time", "Philippine Time",
     "PST", "PDT", "PST"},
    {" Asia/Shanghai Asia/Chongqing Asia/Macau PRC ", "China Standard Time", "China Daylight Time",
     "China Time", "CST", "CDT", "CT"},
    {" Asia/Taipei ", "Taipei Standard Time", "Taipei Daylight Time", "Taipei Time", "CST", "CDT",
     "CT"},
    {" Asia/Hong_Kong Hongkong ", "Hong Kong Standard Time", "Hong Kong Summer Time",
     "Hong Kong Time", "HKT", "HKST", "HKT"},
    {" Asia/Tokyo Japan ", "Japan Standard Time", "Japan Daylight Time", "Japan Time", "JST", "JDT",
     "JT"},
    {" Asia/Seoul Asia/Pyongyang ", "Korean Standard Time", "Korean Daylight Time", "Korean Time",
     "KST", "KDT", "KT"},
    {" Australia/Sydney Australia/Melbourne Australia/Hobart Australia/Canberra "
     "Australia/Brisbane ",
     "Australian Eastern Standard Time", "Australian Eastern Daylight Time",
     "Australian Eastern Time", "AEST", "AEDT", "AET"},
    {" Australia/Adelaide Australia/Darwin ", "Australian Central Standard Time",
     "Australian Central Daylight Time", "Australian Central Time", "ACST", "ACDT", "ACT"},
    {" Australia/Perth ", "Australian Western Standard Time", "Australian Western Daylight Time",
     "Australian Western Time", "AWST", "AWDT", "AWT"},
    {" Pacific/Auckland NZ ", "New Zealand Standard Time", "New Zealand Daylight Time",
     "New Zealand Time", "NZST", "NZDT", "NZT"},
    {" America/Sao_Paulo Brazil/East ", "Brasilia Standard Time", "Brasilia Summer Time",
     "Brasilia Time", "BRT", "BRST", "BRT"},
    {" America/Manaus ", "Amazon Standard Time", "Amazon Summer Time", "Amazon Time", "AMT", "AMST",
     "AMT"},
    {" America/Argentina/Buenos_Aires America/Buenos_Aires America/Argentina/Cordoba ",
     "Argentina Standard Time", "Argentina Summer Time", "Argentina Time", "ART", "ARST", "ART"},
    {" America/Santiago ", "Chile Standard Time", "Chile Summer Time", "Chile Time", "CLT", "CLST",
     "CLT"},
    {" America/Bogota ", "Colombia Standard Time", "Colombia Summer Time", "Colombia Time", "COT",
     "COST", "COT"},
    {" America/Lima ", "Peru Standard Time", "Peru Summer Time", "Peru Time", "PET", "PEST", "PET"},
    {" America/Caracas ", "Venezuela Time", "Venezuela Summer Time", "Venezuela Time", "VET",
     "VEST", "VET"},
    {" America/La_Paz ", "Bolivia Time", "Bolivia Summer Time", "Bolivia Time", "BOT", "BOST",
     "BOT"},
    {" America/Montevideo ", "Uruguay Standard Time", "Uruguay Summer Time", "Uruguay Time", "UYT",
     "UYST", "UYT"},
    {" America/Asuncion ", "Paraguay Standard Time", "Paraguay Summer Time", "Paraguay Time", "PYT",
     "PYST", "PYT"},
    {" America/Guayaquil ", "Ecuador Time", "Ecuador Summer Time", "Ecuador Time", "ECT", "ECST",
     "ECT"},
    {" Africa/Johannesburg ", "South Africa Standard Time", "South Africa Summer Time",
     "South Africa Time", "SAST", "SAST", "SAT"},
    {" Africa/Lagos Africa/Kinshasa Africa/Luanda ", "West Africa Standard Time",
     "West Africa Summer Time", "West Africa Time", "WAT", "WAST", "WAT"},
    {" Africa/Maputo Africa/Harare Africa/Lusaka Africa/Kigali Africa/Khartoum ",
     "Central Africa Time", "Central African Summer Time", "Central Africa Time", "CAT", "CAST",
     "CAT"},
    {" Africa/Nairobi Africa/Addis_Ababa Africa/Kampala Africa/Dar_es_Salaam ", "East Africa Time",
     "Eastern African Summer Time", "Eastern Africa Time", "EAT", "EAST", "EAT"},
};

}  // namespace

std::string_view ZoneText::preferred_region() const {
    return regions.substr(1, regions.find(' ', 1) - 1);
}

const ZoneText* zone_text(std::string_view region) {
    const std::string word = ' ' + std::string(region) + ' ';
    const auto* found = std::find_if(std::begin(kZones), std::end(kZones), [&](const auto& zone) {
        return zone.regions.find(word) != std::string_view::npos;
    });
    return found != std::end(kZones) ? found : nullptr;
}

const ZoneText* zone_named_at(std::string_view text, bool long_names, size_t& size) {
    const ZoneText* best = nullptr;
    size = 0;
    for (const ZoneText& zone : kZones) {
        const std::string_view names[] = {long_names ? zone.standard : zone.short_standard,
                                          long_names ? zone.daylight : zone.short_daylight,
                                          long_names ? zone.generic : zone.short_generic};
        for (const std::string_view name : names) {
            if (name.size() <= size || !starts_with_any_case(text, name)) continue;
            best = &zone;
            size = name.size();
        }
    }
    return best;
}

}  // namespace millrace::functions
