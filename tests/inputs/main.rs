//! What people write and the program reads: panels, prompts and folders of cases.

mod cases_check;
mod cases_load;
mod cases_noharm;
mod cases_select;
mod panel_any_text;
mod panel_faults;
mod panel_prompt;
mod panel_resolved;
mod panel_service;
mod panel_shipped;
mod panel_typed;
